"""What happens to files."""

from dataclasses import dataclass

from portal.core.outbox import Event


@dataclass(frozen=True)
class FileUploaded(Event):
    space_id: str
    file_id: str


@dataclass(frozen=True)
class FileRemoved(Event):
    """A file's row is gone; its bytes follow."""

    space_id: str
    file_id: str
