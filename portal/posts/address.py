"""Where words are read."""


def of_comment(post_id: str, comment_id: str) -> str:
    """The part of a thread that holds a comment, however old it is."""
    return f"/posts/{post_id}?at={comment_id}#{comment_id}"
