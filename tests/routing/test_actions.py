"""Routing: rules first, then what was learned; and a restricted department leaves no trace."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.core.clock import now
from portal.core.errors import Conflict, Forbidden, NotFound
from portal.core.models import EventRow
from portal.listening import queries as heard
from portal.listening.intake import take_in
from portal.listening.item import Item
from portal.listening.models import Answered, Mention, Story
from portal.routing import actions, queries, trial
from portal.routing.forms import RuleForm, TrialForm
from portal.routing.memory import Router
from portal.routing.models import Correction, Route
from tests import factories
from tests.app_fixtures import viewer_of
from tests.company import Company

OpenSession = Callable[[], AbstractContextManager[Session]]
AsViewer = Callable[[Person], AbstractContextManager[Session]]

UNCLEAR = "The zorbling on my quibbet has gone all frumious"


def hear(session: Session, *texts: str, author: str | None = None) -> list[Story]:
    source = factories.source(session)
    result = take_in(session, source, [Item(id=f"{source.id}{text}", text=text, author=author) for text in texts])
    by_id = {story.id: story for story in session.scalars(select(Story).where(Story.id.in_(result.story_ids)))}
    return [by_id[story_id] for story_id in result.story_ids]


def reason(session: Session, story: Story) -> str:
    return (
        session.scalars(select(Route.reason).where(Route.story_id == story.id).order_by(Route.at.desc())).first() or ""
    )


def rule(as_viewer: AsViewer, person: Person, name: str, track: str, department: str) -> None:
    with as_viewer(person) as session:
        actions.add_rule(session, viewer_of(person), RuleForm(name=name, track=track, department=department))


def test_the_first_rule_that_matches_decides(system: OpenSession, as_viewer: AsViewer, company: Company) -> None:
    rule(as_viewer, company.mara, "damaged parcel", "quibbet AND frumious", "logistics")
    rule(as_viewer, company.mara, "everything odd", "quibbet OR zorbling", "service")
    with system() as session:
        first, second = hear(session, UNCLEAR, "My zorbling has a scratch and I want another")
        assert (first.department_id, reason(session, first)) == (company.logistics.id, "rule: damaged parcel")
        assert (second.department_id, reason(session, second)) == (company.service.id, "rule: everything odd")


def test_rules_can_be_tried_in_another_order(system: OpenSession, as_viewer: AsViewer, company: Company) -> None:
    rule(as_viewer, company.mara, "one", "quibbet", "logistics")
    rule(as_viewer, company.mara, "two", "quibbet", "service")
    with as_viewer(company.mara) as session:
        viewer = viewer_of(company.mara)
        actions.move_rule(session, viewer, queries.rules(session, viewer)[1], earlier=True)
    with system() as session:
        assert reason(session, hear(session, UNCLEAR)[0]) == "rule: two"


def test_what_nobody_is_sure_about_is_unsorted(system: OpenSession, company: Company) -> None:
    with system() as session:
        (story,) = hear(session, UNCLEAR)
    assert (story.led_to, story.department_id) == ("triage", None)


def test_a_label_without_its_department_is_unsorted_with_that_reason(system: OpenSession) -> None:
    with system() as session:
        (story,) = hear(session, "The parcel never arrived and the tracking number shows nothing since Monday")
        assert story.led_to == "triage"
        assert "no such department" in reason(session, story)


def test_a_person_teaches_the_next_one_like_it(system: OpenSession, as_viewer: AsViewer, company: Company) -> None:
    with system() as session:
        (story,) = hear(session, UNCLEAR)
    with as_viewer(company.mara) as session:
        actions.send(session, viewer_of(company.mara), story.id, "logistics")
    with system() as session:
        (following,) = hear(session, "The zorbling on my quibbet has gone all frumious again")
        assert following.department_id == company.logistics.id
        assert session.scalar(select(Route.made_by).where(Route.story_id == following.id)) == "classifier"


def test_what_is_taken_back_is_unlearned(system: OpenSession, as_viewer: AsViewer, company: Company) -> None:
    with system() as session:
        (story,) = hear(session, UNCLEAR)
    with as_viewer(company.mara) as session:
        route = actions.send(session, viewer_of(company.mara), story.id, "logistics")
    with as_viewer(company.mara) as session:
        back = actions.withdraw(session, viewer_of(company.mara), route.id)
        assert (back.led_to, back.department_id) == ("triage", None)
    with system() as session:
        (following,) = hear(session, "The zorbling on my quibbet has gone all frumious again")
        assert following.led_to == "triage"


def test_another_process_learns_before_it_predicts(system: OpenSession, as_viewer: AsViewer, company: Company) -> None:
    elsewhere = Router()
    with system() as session:
        (story,) = hear(session, UNCLEAR)
        assert elsewhere.predict(session, [UNCLEAR])[0][0].department != "logistics"
    with as_viewer(company.mara) as session:
        actions.send(session, viewer_of(company.mara), story.id, "logistics")
    with system() as session:
        assert elsewhere.predict(session, [UNCLEAR])[0][0].department == "logistics"


def test_what_was_rolled_back_was_never_learned(system: OpenSession, as_viewer: AsViewer, company: Company) -> None:
    router = Router()
    with system() as session:
        (story,) = hear(session, UNCLEAR)
    with as_viewer(company.mara) as session:
        actions.send(session, viewer_of(company.mara), story.id, "logistics")
        assert router.predict(session, [UNCLEAR])[0][0].department == "logistics"
        session.rollback()
    with system() as session:
        assert router.predict(session, [UNCLEAR])[0][0].department != "logistics"


def test_nothing_can_be_taken_back_after_ten_minutes_or_by_another(
    system: OpenSession, as_viewer: AsViewer, company: Company
) -> None:
    with system() as session:
        (story,) = hear(session, UNCLEAR)
    with as_viewer(company.mara) as session:
        route = actions.send(session, viewer_of(company.mara), story.id, "logistics")
    with pytest.raises(NotFound), as_viewer(company.lars) as session:
        actions.withdraw(session, viewer_of(company.lars), route.id)
    with (
        time_machine.travel(now() + timedelta(minutes=11)),
        pytest.raises(NotFound),
        as_viewer(company.mara) as session,
    ):
        actions.withdraw(session, viewer_of(company.mara), route.id)


def test_what_somebody_sent_on_since_cannot_be_taken_back(
    system: OpenSession, as_viewer: AsViewer, company: Company
) -> None:
    with system() as session:
        (story,) = hear(session, UNCLEAR)
    with as_viewer(company.mara) as session:
        route = actions.send(session, viewer_of(company.mara), story.id, "logistics")
    with as_viewer(company.lars) as session:
        actions.send(session, viewer_of(company.lars), story.id, "none")
    with pytest.raises(Conflict), as_viewer(company.mara) as session:
        actions.withdraw(session, viewer_of(company.mara), route.id)


def test_another_department_does_not_send_a_department_s_story(
    system: OpenSession, as_viewer: AsViewer, company: Company
) -> None:
    with system() as session:
        (story,) = hear(session, UNCLEAR)
    with as_viewer(company.mara) as session:
        actions.send(session, viewer_of(company.mara), story.id, "logistics")
    with pytest.raises(Forbidden), as_viewer(company.mara) as session:
        actions.send(session, viewer_of(company.mara), story.id, "service")


def test_what_goes_to_hr_leaves_no_trace_elsewhere(system: OpenSession, as_viewer: AsViewer, company: Company) -> None:
    with system() as session:
        (story,) = hear(session, UNCLEAR, author="sam")
    with as_viewer(company.mara) as session:
        route = actions.send(session, viewer_of(company.mara), story.id, "hr")
        assert not actions.undoable(session, route)
    with pytest.raises(NotFound), as_viewer(company.mara) as session:
        actions.withdraw(session, viewer_of(company.mara), route.id)
    with system() as session:
        inbox = factories.space(session, company.hr, "inbox")
        for model in (Story, Mention, Route, Correction):
            assert set(session.scalars(select(model.space_id))) == {inbox.id}
        for outsider in (company.mara, company.lars, company.nora, company.jo):
            viewer = viewer_of(outsider)
            assert heard.mentions(session, viewer).items == []
            assert heard.contacts(session, viewer).items == []
            assert actions.route_of(session, viewer, story.id) is None
        assert heard.story(session, viewer_of(company.hanna), story.id).first.text == UNCLEAR


def test_a_repost_of_what_went_to_hr_follows_it_there(
    system: OpenSession, as_viewer: AsViewer, company: Company
) -> None:
    with system() as session:
        (story,) = hear(session, UNCLEAR)
    with as_viewer(company.mara) as session:
        actions.send(session, viewer_of(company.mara), story.id, "hr")
    with system() as session:
        hear(session, UNCLEAR + "!")
        assert heard.mentions(session, viewer_of(company.mara)).items == []
        assert len(heard.mentions(session, viewer_of(company.hanna)).items) == 2


def test_what_comes_out_of_hr_does_not_say_that_it_was_there(
    system: OpenSession, as_viewer: AsViewer, company: Company
) -> None:
    rule(as_viewer, company.mara, "odd words", "quibbet", "hr")
    with system() as session:
        (story,) = hear(session, UNCLEAR)
        mention_id = session.scalars(select(Mention.id)).one()
        session.add(Answered(mention_id=mention_id, department_id=company.hr.id, space_id=story.space_id))
    with as_viewer(company.hanna) as session:
        actions.send(session, viewer_of(company.hanna), story.id, "service")
    with as_viewer(company.mara) as session:
        viewer = viewer_of(company.mara)
        told = heard.story(session, viewer, story.id)
        because = actions.route_of(session, viewer, story.id)
        assert because is not None
        assert (because.person, because.reason) == (None, "sent by a colleague")
        assert told.answers == ()
        assert session.scalar(select(func.count()).select_from(Route)) == 1


def test_a_rule_for_hr_is_known_to_hr_alone(system: OpenSession, as_viewer: AsViewer, company: Company) -> None:
    rule(as_viewer, company.hanna, "conflict at the depot", "quibbet", "hr")
    with system() as session:
        assert queries.rules(session, viewer_of(company.mara)) == []
        assert len(queries.rules(session, viewer_of(company.hanna))) == 1


def test_only_administrators_and_leads_keep_rules(as_viewer: AsViewer, company: Company) -> None:
    with pytest.raises(Forbidden):
        rule(as_viewer, company.nora, "mine", "quibbet", "service")


def test_keeping_a_case_teaches_once(system: OpenSession, as_viewer: AsViewer, company: Company) -> None:
    rule(as_viewer, company.mara, "odd words", "quibbet", "service")
    with system() as session:
        (story,) = hear(session, UNCLEAR)
    for _ in range(2):
        with as_viewer(company.mara) as session:
            actions.kept(session, story.id)
    with system() as session:
        assert session.scalars(select(Correction.label)).all() == ["service"]


def test_a_rule_is_tried_on_what_its_author_may_read(
    system: OpenSession, as_viewer: AsViewer, company: Company
) -> None:
    rule(as_viewer, company.hanna, "shouting", "shouts", "hr")
    with system() as session:
        hear(session, UNCLEAR, "A quibbet for my sister, she will love it")
        hear(session, "My manager shouts at me because of a quibbet")
    with as_viewer(company.mara) as session:
        form = TrialForm(track="quibbet", department="service")
        found = trial.try_rule(session, viewer_of(company.mara), form)
    assert sorted(each.said.text[:9] for each in found.caught) == ["A quibbet", "The zorbl"]


def test_each_story_is_told_to_be_routed_where_it_now_is(system: OpenSession, company: Company) -> None:
    with system() as session:
        hear(session, UNCLEAR, "The parcel never arrived and the tracking number shows nothing since Monday")
        events = session.scalars(select(EventRow).where(EventRow.kind == "story_routed")).all()
        spaces = {story.id: story.space_id for story in session.scalars(select(Story))}
        assert len(events) == 2
        assert all(spaces[event.data["story_id"]] == event.space_id for event in events)
