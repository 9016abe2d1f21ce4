"""Where words are read."""


def of_words(post_id: str, comment_id: str | None) -> str:
    """A thread, or the part of it that holds this comment."""
    return of_comment(post_id, comment_id) if comment_id else f"/posts/{post_id}"


def of_comment(post_id: str, comment_id: str) -> str:
    """The part of a thread that holds a comment, however old it is."""
    return f"/posts/{post_id}?at={comment_id}#{comment_id}"
