"""What follows from what was said: who waits for an answer."""

from sqlalchemy.orm import Session

from portal.core.outbox import Happening, handles
from portal.posts import actions
from portal.posts.events import (
    AnswerAccepted,
    CommentDeleted,
    CommentPublished,
    PostDeleted,
    PostPublished,
    QuestionChanged,
)

Told = PostPublished | PostDeleted | CommentPublished | CommentDeleted | AnswerAccepted | QuestionChanged


@handles(PostPublished, PostDeleted, CommentPublished, CommentDeleted, AnswerAccepted, QuestionChanged)
def keep_waiting(session: Session, event: Told, happening: Happening) -> None:
    """Start or end a customer's wait in the side space; nothing of the customer space is touched."""
    actions.keep_waiting(session, event.post_id)
