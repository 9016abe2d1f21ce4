"""What follows for cases from what happened elsewhere."""

from sqlalchemy.orm import Session

from portal.accounts.events import PersonDeactivated
from portal.core.outbox import Happening, handles
from portal.groups.events import InboxRightChanged, MembershipEnded
from portal.inbox import actions
from portal.listening.events import MentionHeard, StoryMoved
from portal.routing.events import RouteWithdrawn, StoryRouted


@handles(StoryRouted, when=lambda event: event.department_id is not None)
def open_routed_case(session: Session, event: StoryRouted, happening: Happening) -> None:
    """A department gets a case of what was led to it."""
    actions.open_routed(session, event.story_id, event.route_id, event.department_id or "")


@handles(StoryRouted, when=lambda event: event.by_person)
def let_go(session: Session, event: StoryRouted, happening: Happening) -> None:
    """The department where a story was before lets go of its case."""
    actions.leave(session, event.story_id, event.route_id, event.department_id, happening.actor_id)


@handles(RouteWithdrawn)
def put_back_cases(session: Session, event: RouteWithdrawn, happening: Happening) -> None:
    """A rerouting was taken back: its case there is gone, the one here goes on."""
    actions.put_back(session, event.story_id, event.route_id, event.department_id, happening.actor_id)


@handles(StoryMoved)
def follow_story(session: Session, event: StoryMoved, happening: Happening) -> None:
    """What went behind another department's wall leaves no case outside it."""
    actions.follow_story(session, event.story_id, event.space_id)


@handles(MentionHeard, when=lambda event: event.folded)
def hear_more(session: Session, event: MentionHeard, happening: Happening) -> None:
    """Somebody says again what a story says."""
    actions.hear_more(session, event.story_id, event.mention_id)


@handles(PersonDeactivated)
def give_back_all_claims(session: Session, event: PersonDeactivated, happening: Happening) -> None:
    """Claims of those who left go back to the queue."""
    actions.give_back_claims(session, event.person_id)


@handles(InboxRightChanged, MembershipEnded)
def give_back_claims(session: Session, event: InboxRightChanged | MembershipEnded, happening: Happening) -> None:
    """So do the claims of those who may no longer see the inbox."""
    if isinstance(event, MembershipEnded) or not event.given:
        actions.give_back_claims(session, event.person_id, event.space_id)
