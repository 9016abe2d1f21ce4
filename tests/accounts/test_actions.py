"""What people and administrators do to accounts, on both databases."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.access.models import GroupMember, Person, SpaceMember
from portal.access.viewer import SYSTEM, Viewer
from portal.accounts import actions, passwords
from portal.accounts.forms import Invited
from portal.accounts.models import ApiToken, Credential, Mail, OneTimeLink, SignInSession
from portal.core import clock
from portal.core.clock import now
from portal.core.errors import Conflict, Forbidden, Invalid, TooMany
from portal.core.models import EventRow
from tests.app_fixtures import viewer_of
from tests.factories import customer, customer_space, employee, group

OpenSession = Callable[[], AbstractContextManager[Session]]
GOOD = "wet cartons on a tuesday"
OFFICE = "203.0.113.7"


def mara(session: Session, **fields: Any) -> Person:
    made = employee(session, email="mara@example.com", **fields)
    actions.set_password(session, made, GOOD)
    return made


def wrong(session: Session, times: int, place: str = OFFICE, email: str = "mara@example.com") -> None:
    for _ in range(times):
        assert actions.check_password(session, email, "something else", place) is None


def test_the_right_password_opens_and_addresses_ignore_case(system: OpenSession) -> None:
    with system() as session:
        made = mara(session)
        assert actions.check_password(session, " Mara@Example.com ", GOOD, OFFICE) is made
        assert actions.check_password(session, "mara@example.com", GOOD + " ", OFFICE) is None


def test_failures_slow_down_and_do_not_lock(system: OpenSession) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False) as machine, system() as session:
        made = mara(session)
        wrong(session, 5)
        with pytest.raises(TooMany) as first:
            actions.check_password(session, "mara@example.com", GOOD, OFFICE)
        assert first.value.retry_after == 1
        assert "Try again in 1 second." in first.value.message
        machine.shift(timedelta(seconds=1))
        wrong(session, 1)
        with pytest.raises(TooMany) as second:
            actions.check_password(session, "mara@example.com", GOOD, OFFICE)
        assert second.value.retry_after == 2
        machine.shift(timedelta(seconds=2))
        assert actions.check_password(session, "mara@example.com", GOOD, OFFICE) is made
        wrong(session, 5)


def test_the_wait_ends_at_fifteen_minutes(system: OpenSession) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine, system() as session:
        mara(session)
        for _ in range(20):
            wrong(session, 1)
            machine.shift(timedelta(minutes=15))
        wrong(session, 1)
        with pytest.raises(TooMany) as told:
            actions.check_password(session, "mara@example.com", GOOD, OFFICE)
        assert told.value.retry_after == 15 * 60
        assert "15 minutes" in told.value.message


def test_a_stranger_elsewhere_does_not_keep_the_owner_out(system: OpenSession) -> None:
    with system() as session:
        made = mara(session)
        wrong(session, 5, place="198.51.100.66")
        assert actions.check_password(session, "mara@example.com", GOOD, OFFICE) is made


def test_one_place_that_tries_many_addresses_is_slowed(system: OpenSession) -> None:
    with system() as session:
        for number in range(30):
            wrong(session, 1, email=f"person{number}@example.com")
        with pytest.raises(TooMany):
            actions.check_password(session, "another@example.com", GOOD, OFFICE)


def test_an_address_nobody_has_is_slowed_just_the_same(system: OpenSession) -> None:
    with system() as session:
        wrong(session, 5, email="nobody@example.com")
        with pytest.raises(TooMany) as told:
            actions.check_password(session, "nobody@example.com", GOOD, OFFICE)
        assert told.value.retry_after == 1


def test_an_unknown_address_costs_as_much_work_as_a_known_one(
    system: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str | None] = []
    real = passwords.fits

    def watched(secret: str | None, password: str) -> bool:
        compared.append(secret)
        return real(secret, password)

    monkeypatch.setattr(passwords, "fits", watched)
    with system() as session:
        mara(session)
        employee(session, "Ben Okafor", email="ben@example.com")
        statements: list[int] = []
        for email in ("mara@example.com", "ben@example.com", "nobody@example.com"):
            asked: list[str] = []
            listener = lambda *given, asked=asked: asked.append(given[2])  # noqa: E731
            event.listen(session.connection().engine, "before_cursor_execute", listener)
            wrong(session, 1, email=email)
            event.remove(session.connection().engine, "before_cursor_execute", listener)
            statements.append(len(asked))
    assert len(compared) == 3
    assert len(set(statements)) == 1


def test_an_outdated_hash_is_renewed_at_sign_in(system: OpenSession) -> None:
    from argon2 import PasswordHasher

    weaker = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(GOOD)
    with system() as session:
        made = mara(session)
        session.scalars(select(Credential)).one().secret = weaker
        session.flush()
        assert actions.check_password(session, made.email, GOOD, OFFICE) is made
        assert session.scalars(select(Credential)).one().secret != weaker
        assert actions.check_password(session, made.email, GOOD, OFFICE) is made


@pytest.mark.parametrize("password", ["too short", "Mara Lindqvist 1", "password123456"])
def test_guessable_passwords_are_refused_with_a_sentence(system: OpenSession, password: str) -> None:
    with system() as session:
        made = mara(session)
        with pytest.raises(Invalid) as refused:
            actions.set_password(session, made, password)
        assert refused.value.errors["password"].endswith(".")
        assert actions.check_password(session, made.email, GOOD, OFFICE) is made


def test_a_link_opens_once_and_in_its_time(system: OpenSession) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine, system() as session:
        made = mara(session)
        secret = actions.make_link(session, "sign_in", made.id)
        assert actions.sign_in_by_link(session, secret) is made
        with pytest.raises(Conflict):
            actions.sign_in_by_link(session, secret)
        late = actions.make_link(session, "sign_in", made.id)
        machine.shift(timedelta(minutes=15, seconds=1))
        with pytest.raises(Conflict):
            actions.sign_in_by_link(session, late)


def test_a_newer_link_kills_the_older_and_none_serves_another_purpose(system: OpenSession) -> None:
    with system() as session:
        made = mara(session)
        older = actions.make_link(session, "password", made.id)
        newer = actions.make_link(session, "password", made.id)
        for purpose, secret in (("password", older), ("sign_in", newer)):
            with pytest.raises(Conflict):
                actions.use_link(session, purpose, secret)
        assert actions.use_link(session, "password", newer) is made


def test_a_refused_password_leaves_the_link_alive(system: OpenSession) -> None:
    with system() as session:
        made = mara(session)
        secret = actions.make_link(session, "password", made.id)
        with pytest.raises(Invalid):
            actions.reset_password(session, secret, "password123456")
        assert actions.reset_password(session, secret, "herring plays the tuba") is made


def test_a_reset_ends_all_sessions_and_tells_the_owner(system: OpenSession) -> None:
    with system() as session:
        made = mara(session)
        actions.start_session(session, made, "", OFFICE)
        actions.reset_password(session, actions.make_link(session, "password", made.id), "herring plays the tuba")
        assert session.scalars(select(SignInSession)).all() == []
        assert session.scalars(select(Mail.kind)).all() == ["password_changed"]


def test_changing_the_password_keeps_this_browser_alone(system: OpenSession) -> None:
    with system() as session:
        made = mara(session)
        for _ in range(2):
            actions.start_session(session, made, "", OFFICE)
        here = session.scalars(select(SignInSession.id)).first()
        viewer = Viewer("employee", made.id, session_id=here)
        with pytest.raises(Invalid) as refused:
            actions.change_password(session, viewer, "not this one", "herring plays the tuba", OFFICE)
        assert "current" in refused.value.errors
        actions.change_password(session, viewer, GOOD, "herring plays the tuba", OFFICE)
        assert session.scalars(select(SignInSession.id)).all() == [here]


def test_asking_for_a_link_writes_to_those_who_are_known_alone(system: OpenSession, deliver: Callable[[], int]) -> None:
    with system() as session:
        mara(session)
        actions.ask_for_link(session, "mara@example.com", "password", OFFICE)
        actions.ask_for_link(session, "nobody@example.com", "password", OFFICE)
    deliver()
    with system() as session:
        assert session.scalars(select(Mail.recipient)).all() == ["mara@example.com"]


@pytest.mark.parametrize(("kind", "has_password", "gets"), [
    ("employee", True, "password"),
    ("employee", False, "sign_in"),
    ("customer", True, "sign_in"),
])  # fmt: skip
def test_who_gets_which_link(
    system: OpenSession, deliver: Callable[[], int], kind: str, has_password: bool, gets: str
) -> None:
    with system() as session:
        made = (employee if kind == "employee" else customer)(session, "Mara Lindqvist", email="mara@example.com")
        if has_password:
            actions.set_password(session, made, GOOD)
        actions.ask_for_link(session, "mara@example.com", "sign_in", OFFICE)
    deliver()
    with system() as session:
        assert session.scalars(select(OneTimeLink.purpose)).all() == [gets]


def test_inviting_makes_people_with_links_and_tells_who_is_in_already(system: OpenSession) -> None:
    with system() as session:
        admin = mara(session, is_admin=True)
        people = [Invited(name="Kim", email="kim@example.com"), Invited(name="Mara", email="mara@example.com")]
        [(kim, secret)], wrong_ones = actions.invite_employees(session, viewer_of(admin), people)
        assert [address for address, _ in wrong_ones] == ["mara@example.com"]
        assert actions.join(session, secret, "Kim Novak", GOOD) is kim
        assert kim.name == "Kim Novak"
        kinds = session.scalars(select(EventRow.kind)).all()
        assert {"person_invited", "person_joined"} <= set(kinds)


def test_inviting_again_kills_the_first_link(system: OpenSession) -> None:
    with system() as session:
        people = [Invited(name="Kim", email="kim@example.com")]
        [(kim, first)], _ = actions.invite_employees(session, SYSTEM, people)
        [(same, second)], _ = actions.invite_employees(session, SYSTEM, people)
        assert same is kim
        with pytest.raises(Conflict):
            actions.join(session, first, "Kim", GOOD)
        actions.join(session, second, "Kim", GOOD)


def test_deactivating_ends_every_access_in_one_transaction(system: OpenSession) -> None:
    with system() as session:
        admin, ben = mara(session, is_admin=True), employee(session, "Ben Okafor")
        actions.set_password(session, ben, GOOD)
        actions.start_session(session, ben, "", OFFICE)
        actions.make_token(session, ben.id, "export")
        secret = actions.make_link(session, "password", ben.id)
        service = group(session, admin, ben)
        customer_space(session, service, ben, customer(session))
        actions.deactivate(session, viewer_of(admin), ben)

        assert actions.check_password(session, ben.email, GOOD, OFFICE) is None
        assert session.scalars(select(SignInSession)).all() == []
        assert session.scalars(select(ApiToken)).one().revoked_at is not None
        with pytest.raises(Conflict):
            actions.reset_password(session, secret, GOOD)
        open_ends = select(SpaceMember).where(SpaceMember.person_id == ben.id, SpaceMember.ends_at > now())
        assert session.scalars(open_ends).all() == []
        assert session.scalars(select(GroupMember).where(GroupMember.person_id == ben.id)).all() == []
        kinds = session.scalars(select(EventRow.kind)).all()
        assert "person_deactivated" in kinds
        assert "signed_out" in kinds


def test_who_is_reactivated_signs_in_again(system: OpenSession) -> None:
    with system() as session:
        admin, ben = mara(session, is_admin=True), employee(session, "Ben Okafor")
        actions.set_password(session, ben, GOOD)
        actions.deactivate(session, viewer_of(admin), ben)
        actions.reactivate(session, viewer_of(admin), ben)
        assert actions.check_password(session, ben.email, GOOD, OFFICE) is ben


def test_the_last_administrator_stays(system: OpenSession) -> None:
    with system() as session:
        admin = mara(session, is_admin=True)
        employee(session, "Left Long Ago", is_admin=True, deactivated_at=now())
        with pytest.raises(Conflict):
            actions.deactivate(session, viewer_of(admin), admin)
        with pytest.raises(Conflict):
            actions.set_administrator(session, viewer_of(admin), admin, False)
        second = employee(session, "Ben Okafor")
        actions.set_administrator(session, viewer_of(admin), second, True)
        actions.set_administrator(session, viewer_of(admin), admin, False)
        assert not admin.is_admin


def test_customers_become_no_administrators(system: OpenSession) -> None:
    with system() as session:
        admin, jo = mara(session, is_admin=True), customer(session)
        with pytest.raises(Conflict):
            actions.set_administrator(session, viewer_of(admin), jo, True)


def test_only_administrators_administer(system: OpenSession) -> None:
    with system() as session:
        ben, other = employee(session, "Ben Okafor"), employee(session, "Ida Berg")
        viewer = viewer_of(ben)
        with pytest.raises(Forbidden):
            actions.deactivate(session, viewer, other)
        with pytest.raises(Forbidden):
            actions.reactivate(session, viewer, other)
        with pytest.raises(Forbidden):
            actions.set_administrator(session, viewer, ben, True)
        with pytest.raises(Forbidden):
            actions.invite_employees(session, viewer, [])


def test_an_address_belongs_to_one_person(system: OpenSession) -> None:
    with system() as session:
        mara(session)
        with pytest.raises(Invalid):
            actions.create_person(session, kind="customer", name="Other", email="MARA@example.com")
