"""Inviting many, reminding, and organisations that let in their own domains alone."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import select

from portal.access.membership import admit, side_of
from portal.access.models import Organisation, Person, SpaceOrganisation
from portal.accounts.models import Mail
from portal.core.clock import now
from portal.groups.invitation_list import LONGEST_LIST, read_list
from portal.groups.models import Invitation
from tests import factories
from tests.app_fixtures import OpenSession, assert_wrong

Visit = Callable[[Person | None], TestClient]

LIST = """Name;E-mail;Until
Jo Reyes;jo@harbour.example;3.11.2027
"Okafor, Priya" <priya@harbour.example>

Sam Elsewhere, sam@other.example
Mara Lindqvist, mara@ours.example
nobody at all
priya@harbour.example"""


class Place:
    """Mara leads a group with a space for Harbour Bakery, whose domain is harbour.example; Ben takes part."""

    def __init__(self, system: OpenSession) -> None:
        with system() as session:
            self.mara = factories.employee(session, "Mara Lindqvist", email="mara@ours.example")
            self.ben = factories.employee(session, "Ben Okafor")
            self.nadia = factories.employee(session, "Nadia Weiss")
            self.group = factories.group(session, self.mara, self.ben)
            self.space = factories.customer_space(session, self.group, self.mara)
            for space in (self.space, side_of(session, self.space.id)):
                admit(session, space, self.ben)
            self.harbour = factories.organisation(session, "Harbour Bakery")
            self.harbour.domains = "harbour.example"
            session.add(SpaceOrganisation(space_id=self.space.id, organisation_id=self.harbour.id))
            northwind = factories.organisation(session, "Northwind")
            self.cleo = factories.customer(session, "Cleo Customer", organisation_id=northwind.id)
        self.path = f"/spaces/{self.space.id}"


@pytest.fixture
def place(system: OpenSession) -> Place:
    return Place(system)


def test_a_list_is_read_line_by_line() -> None:
    people = read_list(LIST)
    assert [(each.number, each.name, each.email, each.until, bool(each.problem)) for each in people] == [
        (2, "Jo Reyes", "jo@harbour.example", date(2027, 11, 3), False),
        (3, "Priya Okafor", "priya@harbour.example", None, False),
        (5, "Sam Elsewhere", "sam@other.example", None, False),
        (6, "Mara Lindqvist", "mara@ours.example", None, False),
        (7, "", "", None, True),
        (8, "", "", None, True),
    ]
    assert read_list("a@b.example, 2027-13-40")[0].problem == "Write a date such as 2027-11-03."
    assert read_list("a@b.example, c@d.example")[0].problem.startswith("Write one person in a line")
    long = read_list("\n".join(f"p{number}@b.example" for number in range(LONGEST_LIST + 1)))
    assert [each.number for each in long if each.problem] == [LONGEST_LIST + 1]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("A B;x@y.example;31.12.27", "“31.12.27” is no last day"),
        ("A B,x@y.example,12/31/2027", "“12/31/2027” is no last day"),
        ("A B;Harbour Foods;x@y.example", "Write one person in a line"),
        ("A B;x@y.example;1.12.2027;2.12.2027", "Write one person in a line"),
        ("31.12.27, x@y.example", "“31.12.27” is no last day"),
        ("<b>Bold</b>, bold@x.example", "Write the name without"),
    ],
)
def test_no_column_becomes_part_of_a_name(line: str, problem: str) -> None:
    (read,) = read_list(line)
    assert read.problem.startswith(problem)
    assert read.name == ""


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Kitchen 7 Lübeck, k7@b.example, 2027-11-03", "Kitchen 7 Lübeck"),
        ("k7@b.example;Kitchen 7;3.11.2027", "Kitchen 7"),
        ("3.11.2027\t2nd Robin Falk\tr@b.example", "2nd Robin Falk"),
    ],
)
def test_a_name_may_have_digits(line: str, name: str) -> None:
    (read,) = read_list(line)
    assert (read.problem, read.name, read.until) == ("", name, date(2027, 11, 3))


@pytest.mark.parametrize("heading", ["name,mail", "\ufeffMail", "E-Mail;Name", "email", "Name"])
def test_headings_are_known_and_a_delimiter_in_quotes_is_none(heading: str) -> None:
    (read,) = read_list(f'{heading}\n"Holt; Sam",sam@y.example,2027-11-03')
    assert (read.name, read.email, read.until) == ("Holt; Sam", "sam@y.example", date(2027, 11, 3))
    assert read_list("\ufeffSam Holt,sam@y.example")[0].name == "Sam Holt"


def test_what_will_happen_is_shown_first_and_one_press_invites(visit: Visit, system: OpenSession, place: Place) -> None:
    browser, path = visit(place.ben), f"{place.path}/invite-many"
    typed = {"people": "", "host": place.mara.id, "personal_line": "Come in"}
    shown = browser.post(path, data=typed, files={"file": ("list.csv", LIST.encode(), "text/csv")})
    assert shown.status_code == 200
    for words in ("until 3 Nov 2027", "outside harbour.example", "a colleague", "in the list twice"):
        assert words in shown.text
    assert "by a link for you to send" in shown.text
    assert "mailed" not in shown.text
    assert "Invite 2 customers" in shown.text
    with system() as session:
        assert session.scalars(select(Invitation)).all() == []
    looked_at = re.search(r'name="looked_at" value="(\w+)"', shown.text)
    assert looked_at is not None
    typed |= {"people": LIST, "looked_at": looked_at[1], "invite": "1"}
    changed = browser.post(path, data=typed | {"personal_line": "Come in soon"})
    assert "Invite 2 customers" in changed.text
    answer = browser.post(path, data=typed)
    assert answer.status_code == 422
    assert "2 customers are invited" in answer.text
    assert "Mail is not set up here, so send each of them their link yourself" in answer.text
    assert "jo@harbour.example" not in answer.text.partition("<textarea")[2]
    assert "nobody at all" in answer.text.partition("<textarea")[2]
    with system() as session:
        made = {each.email: each for each in session.scalars(select(Invitation))}
        assert set(made) == {"jo@harbour.example", "priya@harbour.example"}
        assert {each.host_id for each in made.values()} == {place.mara.id}
        assert {each.inviter_id for each in made.values()} == {place.ben.id}
        mailed = session.scalars(select(Mail).where(Mail.kind == "customer_invitation")).all()
        assert {mail.recipient for mail in mailed} == set(made)
        assert all("Come in" in mail.text for mail in mailed)


def test_a_list_that_says_nothing_keeps_what_was_typed(visit: Visit, place: Place) -> None:
    browser, path = visit(place.mara), f"{place.path}/invite-many"
    assert "See what will happen" in browser.get(path).text
    for typed, words in (
        ({"people": "  "}, "Fill this in."),
        ({"people": "Name, e-mail"}, "one in a line"),
        ({"people": "jo@harbour.example", "until": "soon", "personal_line": "Kept"}, "Write a date"),
    ):
        answer = browser.post(path, data=typed)
        assert answer.status_code == 422
        assert words in answer.text
    assert "Kept" in answer.text
    unread = browser.post(path, data={"people": ""}, files={"file": ("x.csv", b"\0\1", "text/csv")})
    assert (unread.status_code, "Choose a text or CSV file" in unread.text) == (422, True)


def test_programs_look_first_too(api: Visit, system: OpenSession, place: Place) -> None:
    program, path = api(place.mara), f"/api/v1{place.path}/invite-many"
    body = {"people": "Jo, jo@harbour.example\nSam, sam@other.example", "only_look": True}
    looked = program.post(path, json=body).json()["items"]
    assert [(each["line"], bool(each["problem"]), each["is_outside"], each["invitation_id"]) for each in looked] == [
        (1, False, False, None),
        (2, True, True, None),
    ]
    done = program.post(path, json=body | {"only_look": False, "confirmed": True}).json()["items"]
    assert all(each["invitation_id"] for each in done)
    assert_wrong(program.post(path, json={"people": ""}), "people")
    for person in (place.nadia, place.cleo):
        assert api(person).post(path, json=body).status_code == 404


def test_an_organisation_may_let_in_its_own_domains_alone(
    visit: Visit, api: Visit, system: OpenSession, place: Place
) -> None:
    browser, page = visit(place.mara), f"/organisations/{place.harbour.id}"
    known = {"name": "Harbour Bakery", "timezone": "UTC", "tier": "", "owner": ""}
    refused = browser.post(page, data=known | {"domains": "", "only_its_domains": "1"})
    assert (refused.status_code, "Name the mail domains" in refused.text) == (422, True)
    browser.post(page, data=known | {"domains": "harbour.example", "only_its_domains": "1"})
    assert re.search(r'name="only_its_domains"[^>]* checked', browser.get(page).text)
    outside = {"email": "sam@other.example", "name": "Sam", "confirmed": "1"}
    answer = browser.post(f"{place.path}/invitations", data=outside)
    assert answer.status_code == 422
    assert "takes part with addresses at harbour.example alone" in answer.text
    program = api(place.mara)
    assert_wrong(program.post(f"/api/v1{place.path}/invitations", json=outside | {"confirmed": True}), "email")
    listed = program.post(
        f"/api/v1{place.path}/invite-many", json={"people": "sam@other.example", "confirmed": True}
    ).json()["items"][0]
    assert "alone" in listed["problem"]
    assert browser.post(f"{place.path}/invitations", data={"email": "jo@harbour.example", "name": "Jo"}).is_redirect
    with system() as session:
        made = session.scalars(select(Invitation)).one()
        assert session.get_one(Organisation, place.harbour.id).only_its_domains
    corrected = browser.post(
        f"{place.path}/invitations/{made.id}/correct", data={"email": "jo@other.example", "confirmed": "1"}
    )
    assert corrected.status_code == 422
    body = program.patch(f"/api/v1{page}", json={"only_its_domains": False}).json()
    assert body["only_its_domains"] is False


def test_a_person_reminds_at_most_once_a_day_and_both_mailed_links_work(
    visit: Visit, api: Visit, system: OpenSession, place: Place
) -> None:
    browser = visit(place.mara)
    with time_machine.travel(now() - timedelta(days=20)):
        made = browser.post(f"{place.path}/invitations", data={"email": "jo@harbour.example", "name": "Jo"})
        page = made.headers["location"]
        assert "Tomorrow you can let it last longer" in visit(place.mara).get(page).text
        assert visit(place.mara).post(f"{page}/remind").status_code == 429
    assert visit(place.ben).post(f"{page}/remind").status_code == 403
    assert visit(place.nadia).post(f"{page}/remind").status_code == 404
    assert "Nobody answered in time" in browser.get(page).text
    assert browser.post(f"{page}/remind").headers["location"] == page
    assert "Tomorrow you can let it last longer" in browser.get(page).text
    refused = api(place.mara).post(f"/api/v1{page}/remind")
    assert (refused.status_code, "remind" in refused.text.lower()) == (429, False)
    trail = visit(place.mara).get(f"/groups/{place.group.id}/trail").text
    assert "gave the invitation of Jo more time" in trail
    assert "mailed again" not in trail
    with system() as session:
        mails = session.scalars(select(Mail.text).order_by(Mail.created_at)).all()
    links = [re.search(r"/invitations/[\w-]+", text) for text in mails]
    assert len({link[0] for link in links if link}) == 2
    for link in links:
        assert link is not None
        assert "Come in" in visit(None).get(link[0]).text
    browser.post(f"{page}/withdraw")
    with system() as session:
        assert session.scalars(select(Mail)).all() == []
    assert browser.post(f"{page}/remind").status_code == 409
    for link in links:
        assert link is not None
        assert "This invitation has ended" in visit(None).get(link[0]).text
