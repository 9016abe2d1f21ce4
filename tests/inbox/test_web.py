"""Inbox and case pages, as a person without JavaScript uses them."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.core.clock import now
from portal.inbox.models import Case
from portal.listening.models import Mention
from portal.routing.models import Rule
from tests import factories
from tests.app_fixtures import token_in
from tests.inbox import cases

OpenSession = Callable[[], AbstractContextManager[Session]]
Visit = Callable[[Person | None], TestClient]


def test_a_case_is_claimed_and_the_second_is_told_who_has_it(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
    mara, ben = visit(place.mara), visit(place.ben)
    assert mara.get("/inbox").headers["location"] == f"/inbox/{place.group.id}"
    page = mara.get(f"/inbox/{place.group.id}").text
    assert "Two pallets arrived soaked" in page
    assert "because: rule “damaged parcel”" in page
    assert "jo_r" in mara.get(f"/cases/{case.id}").text
    assert ben.post(f"/cases/{case.id}/claim").status_code == 303
    late = mara.post(f"/cases/{case.id}/claim")
    assert late.status_code == 303
    assert "Ben Okafor claimed this just now." in mara.get(late.headers["location"]).text
    assert "by Ben Okafor" in mara.get(f"/cases/{case.id}").text


def test_claiming_ones_own_case_again_changes_nothing(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
    ben = visit(place.ben)
    for _time in range(2):
        assert ben.post(f"/cases/{case.id}/claim", headers={"hx-request": "true"}).status_code == 200
    assert ben.get(f"/cases/{case.id}").text.count("Ben Okafor claimed it") == 1
    ben.post(f"/cases/{case.id}/resolve", data={"outcome": "fixed"})
    assert ben.post(f"/cases/{case.id}/claim", headers={"hx-request": "true"}).status_code == 409


def test_only_those_who_wait_for_us_are_late(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        ago = now() - timedelta(hours=5)
        for state in ("new", "claimed", "waiting"):
            owner_id = None if state == "new" else place.ben.id
            cases.case(session, place, f"It is {state}", state, ago, state=state, owner_id=owner_id)
    mara = visit(place.mara)
    late = {state: "is-late" in mara.get(f"/inbox/{place.group.id}?state=open&q={state}").text for state in STATES}
    assert late == {"new": True, "claimed": True, "waiting": False}


STATES = ("new", "claimed", "waiting")


def test_a_note_that_is_sent_twice_is_kept_once(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
    mara = visit(place.mara)
    address = f"/cases/{case.id}/notes"
    typed = {"body": "The carrier knows", "token": token_in(mara.get(f"/cases/{case.id}").text)}
    answers = [mara.post(address, data=typed, headers={"hx-request": "true"}) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert token_in(answers[0].text) != typed["token"]
    assert mara.get(f"/cases/{case.id}").text.count("<p>The carrier knows</p>") == 1
    visit(place.ben).post(address, data=typed)
    mara.post(address, data={**typed, "token": token_in(answers[0].text)})
    assert mara.get(f"/cases/{case.id}").text.count("<p>The carrier knows</p>") == 3


def test_a_case_has_one_primary_button(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
    mara = visit(place.mara)
    page = mara.get(f"/cases/{case.id}").text
    assert primary(outside_the_answer(page)) == ["Claim"]
    mara.post(f"/cases/{case.id}/claim")
    page = mara.get(f"/cases/{case.id}").text
    assert primary(outside_the_answer(page)) == []
    assert primary(page) == ["Record answer"]


def outside_the_answer(page: str) -> str:
    return re.sub(r'<details class="case-answer".*?</details>', "", page, flags=re.DOTALL)


def primary(page: str) -> list[str]:
    """The words on the primary buttons, from the top."""
    buttons = re.findall(r'class="button button-primary[^>]*>(.*?)</(?:button|a)>', page, re.DOTALL)
    return [re.sub(r"<svg.*?</svg>|<kbd.*?</kbd>|<[^>]+>", "", button, flags=re.DOTALL).strip() for button in buttons]


def test_filters_narrow_the_queue(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        cases.case(session, place, "The pump whistles", "kalle", opened_at=now() - timedelta(days=9))
        cases.case(session, place, "Die Pumpe pfeift", "lena", language="de")
        cases.case(session, place, "100 % soaked", "jo", state="claimed", owner_id=place.ben.id)
    mara, ben = visit(place.mara), visit(place.ben)
    address = f"/inbox/{place.group.id}"
    assert shown(mara, address) == ["kalle", "lena"]
    assert shown(mara, f"{address}?state=open") == ["kalle", "lena", "jo"]
    assert shown(mara, f"{address}?language=de") == ["lena"]
    assert shown(mara, f"{address}?older=7") == ["kalle"]
    assert shown(mara, f"{address}?q=PUMP") == ["kalle", "lena"]
    assert shown(mara, f"{address}?state=open&q=0+%25") == ["jo"]
    assert shown(mara, f"{address}?state=mine") == []
    assert shown(ben, f"{address}?state=mine") == ["jo"]
    assert "No case fits these filters" in mara.get(f"{address}?q=nothing").text


def shown(client: TestClient, address: str) -> list[str]:
    """Who is in the queue, from the top."""
    return re.findall(r'case-link" href="[^"]+"><strong>([^<]+)<', client.get(address).text)


def test_an_answer_without_its_place_keeps_what_was_typed(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
        mention_id = session.scalars(select(Mention.id).where(Mention.story_id == case.story_id)).one()
    mara = visit(place.mara)
    form = mara.get(f"/cases/{case.id}").text.partition('for="f-url"')[2].partition("</form>")[0]
    assert "optional" not in form.partition("</label>")[0]
    assert "Where it has none, say below that you answered elsewhere." in form
    typed = {"mentions": mention_id, "text": "We replace both pallets."}
    wrong = mara.post(f"/cases/{case.id}/answers", data=typed)
    assert wrong.status_code == 422
    assert "Paste the link of your answer" in wrong.text
    assert "We replace both pallets." in wrong.text
    done = mara.post(f"/cases/{case.id}/answers", data={**typed, "elsewhere": "1", "resolve": "1"})
    assert done.status_code == 303
    page = mara.get(done.headers["location"]).text
    assert "Recorded and resolved as answered." in page
    assert "answered by Mara Lindqvist" in page


def test_an_empty_note_and_a_dismissal_without_a_reason_say_what_to_change(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
    mara = visit(place.mara)
    for address, field in ((f"/cases/{case.id}/notes", "body"), (f"/cases/{case.id}/dismiss", "reason")):
        wrong = mara.post(address, data={field: " "})
        assert (wrong.status_code, "Fill this in." in wrong.text) == (422, True)


def send_on(session: Session, track: str, *, to: str = "service") -> tuple[cases.Service, Case, Rule]:
    """A case of service, and a rule for its words that leads to service or to logistics."""
    place = cases.service(session)
    logistics = factories.group(session, place.mara, department="logistics", name="Logistics")
    led_to = {"service": place.group.id, "logistics": logistics.id}[to]
    rule = Rule(space_id=place.source.space_id, name="damaged parcel", track=track, department_id=led_to, position=1)
    session.add(rule)
    return place, cases.case(session, place), rule


def test_sending_on_says_that_a_rule_still_brings_the_next_ones(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place, case, rule = send_on(session, "pallets")
    mara = visit(place.mara)
    page = mara.get(mara.post(f"/cases/{case.id}/send", data={"department": "logistics"}).headers["location"]).text
    assert "Sent to Logistics. The rule “damaged parcel” still brings the next ones to Service." in page
    assert f'<a href="/routing/rules/{rule.id}">Change the rule</a>' in page
    assert "goes there by itself" not in page
    assert f'action="/cases/{case.id}/take-back"' in page


def test_whoever_keeps_no_rules_is_told_whom_to_ask(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place, case, _ = send_on(session, "pallets")
    ben = visit(place.ben)
    page = ben.get(ben.post(f"/cases/{case.id}/send", data={"department": "none"}).headers["location"]).text
    assert "Set aside: it is not about us. The rule “damaged parcel” still brings the next ones to Service." in page
    assert "Administrators and the leads of departments can change it." in page
    assert "Change the rule" not in page


@pytest.mark.parametrize(("track", "to"), [("pumps", "service"), ("pallets", "logistics")])
def test_sending_on_says_that_the_next_one_goes_there_too(
    system: OpenSession, visit: Visit, track: str, to: str
) -> None:
    with system() as session:
        place, case, _ = send_on(session, track, to=to)
    mara = visit(place.mara)
    page = mara.get(mara.post(f"/cases/{case.id}/send", data={"department": "logistics"}).headers["location"]).text
    assert "Sent to Logistics. The next one like it goes there by itself." in page


def test_sending_to_a_restricted_department_is_asked_once_more_and_stands_last(
    system: OpenSession, visit: Visit
) -> None:
    with system() as session:
        place, case, _ = send_on(session, "pumps")
        hanna = factories.employee(session, "Hanna Roth")
        factories.group(session, hanna, department="hr", name="HR", restricted=True)
        talk = factories.post(session, factories.space(session, place.group), place.mara)
        case.discussion_id = talk.id
    mara = visit(place.mara)
    mara.post(f"/cases/{case.id}/notes", data={"body": "She sounds unhappy"})
    address = f"/cases/{case.id}/send?department=hr"
    page = mara.get(f"/cases/{case.id}").text
    assert 'name="department" value="hr"' not in page
    assert page.index("Send to Logistics") < page.index("set it aside") < page.index(f'href="{address}"')
    asked = mara.get(address).text
    assert "this case and its timeline, its 1 note, what other departments noted about it." in asked
    assert f'<a href="/posts/{talk.id}">The discussion in the group</a> stays' in asked
    assert "It cannot be taken back." in asked
    assert mara.get(f"/cases/{case.id}").status_code == 200
    assert mara.get(f"/cases/{case.id}/send?department=logistics").status_code == 404
    version = re.search(r'name="version" value="(\d+)"', asked)
    assert version
    mara.post(f"/cases/{case.id}/send", data={"department": "hr", "version": version[1]})
    assert mara.get(f"/cases/{case.id}").status_code == 404
    assert mara.get(address).status_code == 404


def test_htmx_gets_each_place_that_changes(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
    mara = visit(place.mara)
    answer = mara.post(f"/cases/{case.id}/claim", headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "by you" in answer.text
    assert 'hx-target="#case-verbs"' in answer.text
    assert visit(place.ben).post(f"/cases/{case.id}/claim", headers={"hx-request": "true"}).status_code == 409


def test_a_case_says_which_colleague_heard_it_and_how(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        nadia = factories.employee(session, "Nadia Weiss")
        case = cases.case(session, place)
        mention = session.scalars(select(Mention).where(Mention.story_id == case.story_id)).one()
        mention.recorded_by, mention.heard_by = nadia.id, "call"
    mara = visit(place.mara)
    page = mara.get(f"/cases/{case.id}").text
    assert page.count("Nadia Weiss heard this on the phone") == 2
    assert "eard from" not in page
    claimed = mara.post(f"/cases/{case.id}/claim", headers={"hx-request": "true"}).text
    assert "Nadia Weiss heard this on the phone" in claimed


def test_a_customers_post_becomes_a_private_case_in_other_words(
    system: OpenSession, visit: Visit, deliver: Callable[[], int]
) -> None:
    with system() as session:
        place = cases.service(session)
        host = factories.employee(session, "Olu Ade")
        jo = factories.customer(session, "Jo Reyes")
        space = factories.customer_space(session, factories.group(session, host, name="Key accounts"), host, jo)
        post = factories.post(session, space, jo, "Can we keep the old filter? Our budget is gone.")
    page = visit(host)
    assert "Our budget is gone" in page.get(f"/posts/{post.id}/case").text
    sent = page.post(f"/posts/{post.id}/case", data={"department": "service", "text": "Wants to keep the old filter"})
    assert sent.status_code == 303
    deliver()
    queue = visit(place.mara).get(f"/inbox/{place.group.id}").text
    assert "Wants to keep the old filter" in queue
    assert "budget" not in queue
    assert "Jo Reyes" in queue
    assert page.get(f"/inbox/{place.group.id}").status_code == 404


def test_the_queue_is_read_in_few_statements(system: OpenSession, visit: Visit, app: FastAPI) -> None:
    with system() as session:
        place = cases.service(session)
        for number in range(25):
            cases.case(session, place, f"Pallet {number}", f"jo{number}")
    mara = visit(place.mara)
    engine = app.state.portal.database.reader
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    assert len(shown(mara, f"/inbox/{place.group.id}")) == 20
    of_cases = [statement for statement in statements if "inbox_case" in statement]
    assert len(of_cases) == 4
