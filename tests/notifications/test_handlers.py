"""Who is told of what."""

import pytest

from portal.access.membership import dismiss
from portal.core import outbox
from portal.core.clock import now
from portal.groups.events import (
    CustomerJoined,
    HostChanged,
    InvitationEnded,
    MemberJoined,
    MembershipRenewed,
    RenewalAsked,
)
from portal.inbox.events import CaseAssigned, CaseOpened
from portal.inbox.models import Case
from portal.listening.events import SourceFailing
from portal.notifications.levels import LEVELS, Listener, Words, kind_of_notice
from portal.notifications.models import Follow, Notice
from portal.posts import actions as posts
from tests import factories as make
from tests.app_fixtures import OpenSession, viewer_of
from tests.notifications.conftest import Happenings, Town


def test_a_customers_words_reach_the_host_the_staff_and_the_other_customers_of_the_space(
    town: Town, happen: Happenings
) -> None:
    happen.post(town.jo, town.harbour)
    assert happen.told() == {("Mara", "wrote"), ("Ben", "wrote"), ("Priya", "wrote")}


def test_an_answer_reaches_who_asked_and_who_wrote_in_the_thread(town: Town, happen: Happenings) -> None:
    post_id = happen.post(town.mara, town.team)
    assert happen.told() == set()
    happen.comment(town.ben, post_id)
    assert happen.told() == {("Mara", "answered")}
    happen.comment(town.mara, post_id)
    assert happen.told() == {("Mara", "answered"), ("Ben", "answered")}


def test_who_is_named_is_told_so_and_only_once_for_each_thing(town: Town, happen: Happenings) -> None:
    post_id = happen.post(town.ben, town.team, "Ask @Nora Quist about it.")
    assert happen.told() == {("Nora", "named")}
    with happen.system() as session:
        form = posts.PostEdit(title="Leaking pump", body="Ask @Nora Quist and @Mara Lindqvist.", token="")  # type: ignore[attr-defined]
        posts.edit_post(session, viewer_of(town.ben), post_id, form)
    happen.deliver()
    assert happen.told() == {("Nora", "named"), ("Mara", "named")}
    with happen.system() as session:
        assert session.query(Notice).count() == 2


def test_a_side_note_is_told_to_staff_alone(town: Town, happen: Happenings) -> None:
    post_id = happen.post(town.jo, town.harbour)
    before = happen.told()
    happen.side_note(town.ben, post_id)
    assert happen.told() - before == {("Mara", "noted")}


def test_nobody_who_may_not_see_the_space_is_told(town: Town, happen: Happenings, system: OpenSession) -> None:
    with system() as session:
        dismiss(session, town.harbour.id, town.priya.id)
        session.merge(town.ben).deactivated_at = now()
    happen.post(town.jo, town.harbour)
    assert happen.told() == {("Mara", "wrote")}


def test_an_accepted_answer_is_told_to_who_gave_it(town: Town, happen: Happenings) -> None:
    post_id = happen.post(town.jo, town.harbour, kind="question")
    comment_id = happen.comment(town.ben, post_id)
    with happen.system() as session:
        session.info["actor_id"] = town.jo.id
        posts.accept_answer(session, viewer_of(town.jo), comment_id)
    happen.deliver()
    assert ("Ben", "accepted") in happen.told()


def case_of(town: Town, system: OpenSession) -> Case:
    with system() as session:
        mention = make.mention(session, make.source(session))
        case = Case(space_id=town.inbox.id, department_id=town.group.id, story_id=mention.story_id, because="")
        session.add(case)
        session.flush()
        return case


def test_new_cases_gather_in_one_notice_for_those_on_duty(town: Town, happen: Happenings, system: OpenSession) -> None:
    from portal.access.models import GroupMember

    with system() as session:
        nora = session.get(GroupMember, (town.group.id, town.nora.id))
        assert nora is not None
        nora.on_duty = False
    for _ in range(3):
        happen.emit(CaseOpened(town.inbox.id, case_of(town, system).id))
    assert happen.told() == {("Mara", "new_case"), ("Ben", "new_case")}
    with system() as session:
        assert [row.number for row in session.query(Notice)] == [3, 3]


def test_a_case_given_to_somebody_is_told_to_them_and_a_claimed_one_to_nobody(
    town: Town, happen: Happenings, system: OpenSession
) -> None:
    case = case_of(town, system)
    happen.emit(CaseAssigned(town.inbox.id, case.id, town.mara.id), town.mara)
    assert happen.told() == set()
    happen.emit(CaseAssigned(town.inbox.id, case.id, town.ben.id), town.mara)
    assert happen.told() == {("Ben", "assigned")}


def test_what_happens_to_customers_is_told_to_their_host_and_to_them(town: Town, happen: Happenings) -> None:
    happen.emit(CustomerJoined(town.harbour.id, town.jo.id), town.jo)
    happen.emit(RenewalAsked(town.side.id, town.harbour.id, town.jo.id), town.jo)
    happen.emit(MembershipRenewed(town.harbour.id, town.jo.id), town.mara)
    happen.emit(HostChanged(town.harbour.id, town.jo.id, town.ben.id), town.mara)
    assert happen.told() == {("Mara", "joined"), ("Mara", "renewal"), ("Jo", "renewed"), ("Ben", "hosting")}


def test_an_invitation_that_nobody_declined_says_nothing(town: Town, happen: Happenings) -> None:
    happen.emit(InvitationEnded(town.side.id, "i1", "withdrawn"), town.mara)
    assert happen.told() == set()


def test_a_colleague_who_is_added_is_told_and_one_who_joins_by_themselves_is_not(
    town: Town, happen: Happenings
) -> None:
    happen.emit(MemberJoined(town.group.id, town.team.id, town.nora.id), town.nora)
    assert happen.told() == set()
    happen.emit(MemberJoined(town.group.id, town.team.id, town.nora.id), town.mara)
    assert happen.told() == {("Nora", "added")}


def test_a_failing_source_is_told_to_administrators(town: Town, happen: Happenings) -> None:
    happen.emit(SourceFailing(town.team.id, "s1"))
    assert happen.told() == {("Ada", "source_failing")}


def test_the_notices_of_what_is_deleted_are_taken_back(town: Town, happen: Happenings) -> None:
    post_id = happen.post(town.jo, town.harbour)
    comment_id = happen.comment(town.ben, post_id)
    with happen.system() as session:
        posts.delete_comment(session, viewer_of(town.ben), comment_id)
    happen.deliver()
    assert ("Jo", "answered") not in happen.told()
    assert ("Mara", "wrote") in happen.told()


def test_an_event_that_is_delivered_twice_tells_once(town: Town, happen: Happenings, system: OpenSession) -> None:
    happen.post(town.jo, town.harbour)
    from portal.core.models import Delivery

    with system() as session:
        for delivery in session.query(Delivery):
            delivery.state = "pending"
    outbox.deliver_all(system)
    with system() as session:
        assert session.query(Notice).filter_by(person_id=town.mara.id).count() == 1


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_decides_what_a_colleague_in_a_customer_space_hears(
    town: Town, happen: Happenings, system: OpenSession, level: str
) -> None:
    with system() as session:
        session.add(Follow(person_id=town.ben.id, space_id=town.harbour.id, level=level))
    customers = happen.post(town.jo, town.harbour)
    happen.post(town.mara, town.harbour)
    happen.comment(town.jo, customers, "What does @Ben Okafor think?")
    with system() as session:
        heard = sorted(row.kind for row in session.query(Notice).filter_by(person_id=town.ben.id))
    assert (
        heard
        == {
            "all": ["named", "wrote", "wrote"],
            "questions": ["named", "wrote"],
            "me": ["named"],
            "nothing": [],
        }[level]
    )


def words(**fields: object) -> Words:
    values = {
        "author_id": "jo",
        "is_by_customer": True,
        "is_question": False,
        "is_side_note": False,
        "named": frozenset(),
        "answered": frozenset(),
    }
    return Words(**{**values, **fields})  # type: ignore[arg-type]


def test_the_host_hears_customers_also_at_only_me_and_nothing_when_muted() -> None:
    assert kind_of_notice(words(), Listener("mara", "employee", "me", is_host=True)) == "wrote"
    assert kind_of_notice(words(), Listener("mara", "employee", "nothing", is_host=True)) is None
    assert kind_of_notice(words(), Listener("ben", "employee", "me", is_host=False)) is None


def test_being_named_goes_before_being_answered() -> None:
    both = words(named=frozenset({"ben"}), answered=frozenset({"ben"}))
    assert kind_of_notice(both, Listener("ben", "employee", "me", is_host=False)) == "named"
