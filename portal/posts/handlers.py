"""What follows from what was said: who waits for an answer."""

from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.events import PersonDeactivated
from portal.core.outbox import Happening, handles
from portal.groups.events import HostChanged, MembershipEnded
from portal.posts import actions, waiting_queries
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


@handles(HostChanged)
def follow_host(session: Session, event: HostChanged, happening: Happening) -> None:
    """What waits for a host goes to the new one; what was handed to another colleague stays with them."""
    waits = waiting_queries.waits_of_customer(session, event.space_id, event.person_id, event.former_id)
    actions.pass_on_waiting(session, waits)


@handles(MembershipEnded, PersonDeactivated)
def pass_on_what_waits(session: Session, event: MembershipEnded | PersonDeactivated, happening: Happening) -> None:
    """Nobody waits for a colleague who is gone."""
    actions.pass_on_waiting(session, waiting_queries.waits_left_by(session, event.person_id))
