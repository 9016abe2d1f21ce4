"""Files as the API tells them."""

from pydantic import BaseModel, Field


class FileAnswer(BaseModel):
    """An uploaded file. ``size`` is in bytes, ``width`` and ``height`` are a picture's, in pixels."""

    id: str
    space_id: str
    post_id: str | None = Field(description="The thread that uses it first; null while none does.")
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    owner_id: str
    owner_name: str
    created_at: str
    content_url: str = Field(description="Where its bytes are, for whoever may see the file.")
    markdown: str = Field(description="What to write into a post or comment of the space to show it there.")


class FileList(BaseModel):
    """Some files of a space, newest first."""

    items: list[FileAnswer]
    next: str | None = Field(description="The cursor of the next page.")
