"""What follows from what was said: who waits for an answer."""

from typing import Any

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


@handles(PostPublished, PostDeleted, CommentPublished, CommentDeleted)
def keep_waiting(session: Session, event: Any, happening: Happening) -> None:
    """Start or end a customer's wait in the side space; nothing of the customer space is touched."""
    actions.keep_waiting(session, event.post_id)


@handles(AnswerAccepted, QuestionChanged)
def end_wait(session: Session, event: AnswerAccepted | QuestionChanged, happening: Happening) -> None:
    """A question that is settled waits no more; what is said after that may wait again."""
    is_settled = event.comment_id is not None if isinstance(event, AnswerAccepted) else event.status == "closed"
    if is_settled:
        actions.keep_waiting(session, event.post_id, settled_at=happening.at)
