"""What the leads of a customer space let its customers do and see of each other; co-hosts; asking a colleague in."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.membership import admit, side_of
from portal.access.models import Organisation, Person, Space, SpaceOrganisation
from portal.accounts.models import Mail
from portal.core.clock import now
from portal.core.models import EventRow
from portal.groups.models import ColleagueRequest, Invitation
from portal.posts import actions as posts
from portal.posts.forms import CommentForm, PostForm
from tests import factories
from tests.app_fixtures import OpenSession, assert_wrong, same_for_all, viewer_of
from tests.files.people import bring, id_in, picture

Visit = Callable[[Person | None], TestClient]
As = Callable[[Person], AbstractContextManager[Session]]
V1 = "/api/v1"


class Town:
    """Mara leads Service and hosts Jo and Lin of Harbour Foods and Priya of Lindenhof in one customer space; Ben is a
    member of the group, outside that space. Otto works elsewhere."""

    def __init__(self, session: Session) -> None:
        self.mara = factories.employee(session, "Mara Lindqvist")
        self.ben = factories.employee(session, "Ben Okafor")
        self.otto = factories.employee(session, "Otto Berg")
        self.harbour = factories.organisation(session, "Harbour Foods")
        self.lindenhof = factories.organisation(session, "Lindenhof")
        self.jo = factories.customer(session, "Jo Reyes", organisation_id=self.harbour.id, title="Head Cook")
        self.lin = factories.customer(session, "Lin Zhao", organisation_id=self.harbour.id)
        self.priya = factories.customer(session, "Priya Nair", organisation_id=self.lindenhof.id)
        self.group = factories.group(session, self.mara, self.ben, name="Service")
        customers = (self.jo, self.lin, self.priya)
        self.space = factories.customer_space(session, self.group, self.mara, *customers, name="Kitchens")
        self.side = side_of(session, self.space.id)
        self.path = f"/spaces/{self.space.id}"


@pytest.fixture
def town(system: OpenSession) -> Town:
    with system() as session:
        return Town(session)


def allow(system: OpenSession, town: Town, **settings: bool) -> None:
    with system() as session:
        space = session.get_one(Space, town.space.id)
        for name, value in settings.items():
            setattr(space, name, value)


# The settings themselves


def test_a_lead_says_what_customers_may_do(visit: Visit, system: OpenSession, town: Town) -> None:
    mara = visit(town.mara)
    page = mara.get(f"{town.path}/settings").text
    assert "What customers may do here" in page
    typed = {"customers_ask_colleagues_in": "1", "customers_upload": "1"}
    assert mara.post(f"{town.path}/settings/customers", data=typed).status_code == 303
    with system() as session:
        space = session.get_one(Space, town.space.id)
        assert (space.customers_ask_colleagues_in, space.customers_upload) == (True, True)
        assert not space.customers_download
        told = session.scalars(select(EventRow).where(EventRow.kind == "customers_may_changed")).one()
        assert told.data["allowed"] == ["customers_ask_colleagues_in"]
        assert told.data["denied"] == ["customers_download"]


def test_nobody_but_a_lead_changes_it(visit: Visit, api: Visit, system: OpenSession, town: Town) -> None:
    with system() as session:
        admit(session, town.space, town.ben)
    form = f"{town.path}/settings/customers"
    assert visit(town.ben).post(form, data={}).status_code == 403
    assert [visit(each).post(form, data={}).status_code for each in (town.jo, town.otto)] == [404, 404]
    path = f"{V1}{town.path}"
    assert api(town.ben).patch(path, json={"shows_addresses": True}).status_code == 403
    assert_wrong(api(town.mara).patch(path, json={"shows_addresses": "perhaps"}), "shows_addresses")
    changed = api(town.mara).patch(path, json={"shows_addresses": True})
    assert (changed.json()["shows_addresses"], changed.json()["customers_upload"]) == (True, True)


# Mail addresses


def test_addresses_of_other_organisations_are_kept_until_a_lead_opens_them(
    visit: Visit, api: Visit, system: OpenSession, town: Town
) -> None:
    def seen() -> list[bool]:
        people = api(town.priya).get(f"{V1}{town.path}/members").json()["items"]
        told = {each["person_id"]: each["email"] for each in people}
        person = api(town.priya).get(f"{V1}/people/{town.jo.id}").json()
        pages = visit(town.priya).get(f"{town.path}/members").text + visit(town.priya).get(f"/people/{town.jo.id}").text
        return [told[town.jo.id] == town.jo.email, person["email"] == town.jo.email, town.jo.email in pages]

    assert seen() == [False, False, False]
    assert town.lin.email in visit(town.jo).get(f"{town.path}/members").text
    allow(system, town, shows_addresses=True)
    assert seen() == [True, True, True]
    allow(system, town, first_names_only=True)
    assert seen() == [False, False, False]


# First names


SURNAMES = ("Reyes", "reyes", "Zhao", "Head Cook")


def test_other_organisations_see_first_name_and_organisation_wherever_a_person_is_shown(
    visit: Visit, api: Visit, system: OpenSession, as_viewer: As, deliver: Callable[[], int], town: Town
) -> None:
    """Jo and Lin of Harbour Foods as Priya of Lindenhof sees them: in threads, lists, people, the band, completion,
    files, thanks, notices, mail, search and through the API."""
    allow(system, town, first_names_only=True)
    with as_viewer(town.mara) as session:
        body = f"@Jo Reyes and @[Lin Zhao](person:{town.lin.id}): which?"
        form = PostForm(kind="question", title="Filters", body=body)
        question = posts.publish_post(session, viewer_of(town.mara), town.space.id, form)
    with as_viewer(town.jo) as session:
        said = CommentForm(body="@Priya Nair, the old filter, as @Lin Zhao said")
        posts.publish_comment(session, viewer_of(town.jo), question, said)
        posts.toggle_thanks(session, viewer_of(town.jo), question)
    file_id = id_in(bring(visit(town.jo), town.space, "kitchen.jpg", picture()).text)
    with as_viewer(town.jo) as session:
        shown = PostForm(title="Our kitchen", body=f"![kitchen](/files/{file_id})")
        posts.publish_post(session, viewer_of(town.jo), town.space.id, shown)
    deliver()
    places = [
        town.path,
        f"{town.path}/members",
        f"{town.path}/posts/new",
        f"{town.path}/files",
        f"/posts/{question}",
        f"/posts/{question}/thread",
        f"/people/complete?space={town.space.id}&q=j",
        f"/people/complete?space={town.space.id}&q=re",
        f"/people/{town.jo.id}",
        "/catch-up",
        "/notices",
        "/welcome",
        "/search?q=filter",
        "/search?q=jo",
    ]
    programs = [
        f"{town.path}/members",
        f"{town.path}/posts",
        f"{town.path}/files",
        f"/files/{file_id}",
        f"/posts/{question}",
        f"/posts/{question}/comments",
        f"/people/{town.jo.id}",
        "/notices",
        "/search?q=filter",
        "/search?q=jo",
    ]
    theirs = {path: visit(town.priya).get(path) for path in places}
    theirs |= {V1 + path: api(town.priya).get(V1 + path) for path in programs}
    assert {path: answer.status_code for path, answer in theirs.items() if answer.status_code != 200} == {}
    leaks = {path: [name for name in SURNAMES if name in answer.text] for path, answer in theirs.items()}
    assert {path: found for path, found in leaks.items() if found} == {}
    assert "@Jo" in theirs[f"/posts/{question}"].text
    assert "Jo (Harbour Foods)" in theirs["/notices"].text
    assert "Jo (Harbour Foods)" in theirs[town.path].text
    assert api(town.priya).get(f"{V1}/people/{town.jo.id}").json()["organisation"] == "Harbour Foods"
    for hidden in ("reyes", "zhao", "cook"):
        assert api(town.priya).get(f"{V1}/search", params={"q": hidden}).json()["items"] == []
    mails = _mailed(system, deliver, town.priya)
    assert mails
    assert not [name for name in SURNAMES for mail in mails if name in mail]
    for whole in (town.mara, town.lin):
        page = visit(whole).get(f"/posts/{question}").text
        assert "@Jo Reyes" in page
        assert "Jo Reyes" in visit(whole).get(f"{town.path}/members").text
        assert [each["id"] for each in api(whole).get(f"{V1}/search?q=reyes").json()["items"]][:1] == [town.jo.id]


def _mailed(system: OpenSession, deliver: Callable[[], int], person: Person) -> list[str]:
    from portal.notifications import actions, queries

    with system() as session:
        wish = queries.wish(session, person.id)
        wish.quiet_from = wish.quiet_until = None
        session.flush()
        actions.mail_what_gathered(session, person.id)
    with system() as session:
        found = session.scalars(select(Mail).where(Mail.person_id == person.id)).all()
        return [f"{mail.subject} {mail.text} {mail.html}" for mail in found]


def test_a_whole_name_is_known_where_another_space_tells_it(visit: Visit, system: OpenSession, town: Town) -> None:
    allow(system, town, first_names_only=True)
    with system() as session:
        other = factories.customer_space(session, town.group, town.mara, town.jo, town.priya, name="Open house")
    assert "Jo Reyes" in visit(town.priya).get(f"/people/{town.jo.id}").text
    assert "Jo Reyes" in visit(town.priya).get(f"/spaces/{other.id}/members").text
    assert "Jo Reyes" not in visit(town.priya).get(f"{town.path}/members").text


# Several organisations in one space


def test_who_opens_a_space_for_several_organisations_is_warned_first(visit: Visit, api: Visit, town: Town) -> None:
    typed = {"name": "Both", "purpose": "Talk", "organisations": [town.harbour.id, town.lindenhof.id]}
    mara = visit(town.mara)
    warned = mara.post(f"/groups/{town.group.id}/spaces", data=typed)
    assert warned.status_code == 422
    assert "The people of Harbour Foods and Lindenhof will see each other here" in warned.text
    assert "first name and organisation only" in warned.text
    opened = mara.post(f"/groups/{town.group.id}/spaces", data=typed | {"together": "1", "first_names_only": "1"})
    assert opened.status_code == 303
    path = opened.headers["location"].removesuffix("/members")
    assert api(town.mara).get(f"{V1}{path}").json()["first_names_only"] is True
    assert_wrong(api(town.mara).post(f"{V1}/groups/{town.group.id}/spaces", json=typed), "together")


def test_who_invites_the_first_of_another_organisation_is_warned_first(
    visit: Visit, api: Visit, system: OpenSession, town: Town
) -> None:
    with system() as session:
        space = factories.customer_space(session, town.group, town.mara, town.jo, name="Harbour")
        session.add(SpaceOrganisation(space_id=space.id, organisation_id=town.lindenhof.id))
    typed = {"email": "sam@example.com", "name": "Sam Holt", "organisation": town.lindenhof.id}
    warned = visit(town.mara).post(f"/spaces/{space.id}/invitations", data=typed)
    assert warned.status_code == 422
    assert "The people of Harbour Foods and Lindenhof will see each other here" in warned.text
    path = f"{V1}/spaces/{space.id}/invitations"
    assert_wrong(api(town.mara).post(path, json=typed), "together")
    assert api(town.mara).post(path, json=typed | {"together": True}).status_code == 201
    assert api(town.mara).post(path, json=typed | {"email": "kim@example.com"}).status_code == 201


def test_who_belongs_elsewhere_by_person_or_domain_is_not_invited_without_the_warning(
    api: Visit, system: OpenSession, town: Town
) -> None:
    with system() as session:
        space = factories.customer_space(session, town.group, town.mara, name="Northwind")
        northwind = factories.organisation(session, "Northwind")
        session.add(SpaceOrganisation(space_id=space.id, organisation_id=northwind.id))
        session.get_one(Organisation, town.lindenhof.id).domains = "lindenhof.example"
    mara, path = api(town.mara), f"{V1}/spaces/{space.id}"
    jo = {"email": town.jo.email, "name": "Jo"}
    assert_wrong(mara.post(f"{path}/invitations", json=jo), "together")
    assert_wrong(mara.post(f"{path}/invitations", json={"email": "kim@lindenhof.example", "name": "Kim"}), "together")
    listed = mara.post(f"{path}/invite-many", json={"people": town.jo.email, "only_look": True}).json()
    assert listed["items"][0]["brings_together"]
    other = mara.post(f"{path}/invitations", json={"email": "sam@sam.example", "name": "Sam", "confirmed": True}).json()
    assert_wrong(mara.post(f"{path}/invitations/{other['id']}/correct", json={"email": town.jo.email}), "together")
    made = mara.post(f"{path}/invitations", json=jo | {"together": True})
    assert made.status_code == 201
    with system() as session:
        assert session.get_one(Invitation, made.json()["id"]).organisation_id == town.jo.organisation_id


def test_who_is_of_another_organisation_than_was_asked_for_does_not_come_in(
    visit: Visit, api: Visit, system: OpenSession, town: Town
) -> None:
    with system() as session:
        space = factories.customer_space(session, town.group, town.mara, name="Northwind")
        northwind = factories.organisation(session, "Northwind")
        session.add(SpaceOrganisation(space_id=space.id, organisation_id=northwind.id))
    asked = {"email": "sam@sam.example", "name": "Sam Holt", "confirmed": True}
    made = api(town.mara).post(f"{V1}/spaces/{space.id}/invitations", json=asked).json()
    with system() as session:
        sam = factories.customer(session, "Sam Holt", email="sam@sam.example", organisation_id=town.lindenhof.id)
        secret = session.get_one(Invitation, made["id"]).link_secret
    answer = visit(sam).post(f"/invitations/{secret}")
    assert "for another organisation than yours" in answer.text
    assert visit(sam).get(f"/spaces/{space.id}").status_code == 404


# Files


def test_customers_bring_and_save_files_only_where_they_may(
    visit: Visit, api: Visit, system: OpenSession, as_viewer: As, town: Town
) -> None:
    file_id = id_in(bring(visit(town.mara), town.space, "drawing.jpg", picture()).text)
    with as_viewer(town.mara) as session:
        form = PostForm(title="The drawing", body=f"![drawing](/files/{file_id}) and [again](/files/{file_id})")
        post_id = posts.publish_post(session, viewer_of(town.mara), town.space.id, form)
        own = factories.post(session, town.space, town.jo, "Is it this one?")
        answer = factories.comment(session, own, town.jo, "No, that one")
    writing = (f"{town.path}/posts/new", f"/posts/{own.id}", f"/posts/{own.id}/edit", f"/comments/{answer.id}/edit")
    jo = visit(town.jo)
    assert ["Attach" in jo.get(path).text for path in writing] == [True] * 4
    allow(system, town, customers_upload=False, customers_download=False)
    assert bring(jo, town.space, "mine.jpg", picture()).status_code == 403
    sent = {"space_id": town.space.id}
    assert api(town.jo).post(f"{V1}/files", data=sent, files={"file": ("mine.jpg", picture())}).status_code == 403
    assert ["Attach" in jo.get(path).text for path in writing] == [False] * 4
    refused, absent = jo.get(f"/files/{file_id}"), jo.get("/files/" + "0" * 20)
    assert (refused.status_code, same_for_all(refused)) == (404, same_for_all(absent))
    assert api(town.jo).get(f"{V1}/files/{file_id}/content").status_code == 404
    assert jo.get(f"/files/{file_id}/thumbnail").status_code == 200
    thread = jo.get(f"/posts/{post_id}").text
    assert f'src="/files/{file_id}/thumbnail"' in thread
    assert f'href="/files/{file_id}"' not in thread
    listed = jo.get(f"{town.path}/files").text
    assert "drawing.jpg" in listed
    assert f'href="/files/{file_id}"' not in listed
    assert visit(town.mara).get(f"/files/{file_id}").status_code == 200
    assert f'href="/files/{file_id}"' in visit(town.mara).get(f"/posts/{post_id}").text


# Asking a colleague in


def test_a_colleague_is_invited_only_when_the_host_approves(
    visit: Visit, system: OpenSession, deliver: Callable[[], int], town: Town
) -> None:
    jo, mara = visit(town.jo), visit(town.mara)
    assert jo.get(f"{town.path}/colleagues/new").status_code == 404
    allow(system, town, customers_ask_colleagues_in=True)
    assert "Ask for a colleague" in jo.get(f"{town.path}/members").text
    wrong = jo.post(f"{town.path}/colleagues", data={"name": "Sam Holt", "email": "sam"})
    assert (wrong.status_code, "Sam Holt" in wrong.text) == (422, True)
    asked = jo.post(
        f"{town.path}/colleagues", data={"name": "Sam Holt", "email": "Sam@example.com", "words": "Our chef"}
    )
    assert asked.status_code == 303
    assert jo.post(f"{town.path}/colleagues", data={"name": "Sam", "email": "sam@example.com"}).status_code == 422
    deliver()
    with system() as session:
        assert session.scalars(select(Invitation)).all() == []
        assert session.scalars(select(Mail).where(Mail.recipient == "sam@example.com")).all() == []
        request = session.scalars(select(ColleagueRequest)).one()
        assert (request.space_id, request.person_id) == (town.side.id, town.jo.id)
    assert "asks you to invite a colleague" in mara.get("/notices").text
    assert "sam@example.com" in mara.get(f"{town.path}/members").text
    assert "sam@example.com" not in visit(town.lin).get(f"{town.path}/members").text
    path = f"{town.path}/colleagues/{request.id}"
    assert "Our chef" in mara.get(path).text
    assert [visit(each).post(f"{path}/approve").status_code for each in (town.jo, town.lin, town.otto)] == [404] * 3
    assert mara.post(f"{path}/approve").status_code == 303
    deliver()
    with system() as session:
        invitation = session.scalars(select(Invitation)).one()
        assert (invitation.email, invitation.host_id) == ("sam@example.com", town.mara.id)
        assert invitation.organisation_id == town.harbour.id
    assert "approved your colleague" in jo.get("/notices").text
    assert mara.post(f"{path}/decline").status_code == 409


def test_a_colleague_is_approved_though_the_space_was_not_opened_for_their_organisation(
    api: Visit, system: OpenSession, town: Town
) -> None:
    allow(system, town, customers_ask_colleagues_in=True)
    with system() as session:
        northwind = factories.organisation(session, "Northwind")
        cleo = factories.customer(session, "Cleo", organisation_id=northwind.id)
        until = now() + timedelta(days=9)
        admit(session, session.get_one(Space, town.space.id), cleo, ends_at=until, sponsor_id=town.mara.id)
    path = f"{V1}{town.path}/colleagues"
    asked = api(cleo).post(path, json={"name": "Sam Holt", "email": "sam@example.com"}).json()
    assert api(town.mara).post(f"{path}/{asked['id']}/approve", json={}).is_success
    with system() as session:
        assert session.scalars(select(Invitation.organisation_id)).one() == northwind.id


def test_what_approving_needs_can_be_said_on_its_page_and_what_forbids_it_points_to_no_field(
    visit: Visit, system: OpenSession, town: Town
) -> None:
    allow(system, town, customers_ask_colleagues_in=True)
    visit(town.jo).post(f"{town.path}/colleagues", data={"name": "Sam Holt", "email": "sam@elsewhere.example"})
    with system() as session:
        path = f"{town.path}/colleagues/{session.scalars(select(ColleagueRequest.id)).one()}"
        organisation = session.get_one(Organisation, town.harbour.id)
        organisation.domains, organisation.only_its_domains = "harbour.example", True
    mara = visit(town.mara)
    refused = mara.post(f"{path}/approve", data={"together": "1"})
    assert refused.status_code == 422
    assert "takes part with addresses at harbour.example alone" in refused.text
    assert "One thing to change" not in refused.text
    with system() as session:
        session.get_one(Organisation, town.harbour.id).only_its_domains = False
    asked = mara.post(f"{path}/approve", data={"together": "1"})
    assert "One thing to change" in asked.text
    assert 'name="confirmed"' in asked.text
    assert mara.post(f"{path}/approve", data={"together": "1", "confirmed": "1"}).is_redirect


def test_a_host_declines_a_colleague_through_the_api(api: Visit, system: OpenSession, town: Town) -> None:
    allow(system, town, customers_ask_colleagues_in=True)
    path = f"{V1}{town.path}/colleagues"
    asked = api(town.jo).post(path, json={"name": "Sam Holt", "email": "sam@elsewhere.example"})
    assert (asked.status_code, asked.json()["answer"]) == (201, "")
    one = f"{path}/{asked.json()['id']}"
    assert api(town.mara).post(path, json={"name": "Sam", "email": "s@example.com"}).status_code == 404
    assert api(town.priya).get(path).json()["items"] == []
    assert_wrong(api(town.mara).post(f"{one}/approve", json={}), "confirmed")
    assert api(town.otto).post(f"{one}/decline").status_code == 404
    assert api(town.mara).post(f"{one}/decline").status_code == 204
    assert [each["answer"] for each in api(town.jo).get(path).json()["items"]] == ["declined"]


# Co-hosts


def test_a_cohost_welcomes_pins_and_closes_and_sees_nothing_more(
    visit: Visit, api: Visit, system: OpenSession, as_viewer: As, town: Town
) -> None:
    with as_viewer(town.priya) as session:
        form = PostForm(kind="question", title="Which filter?", body="Which one fits?")
        question = posts.publish_post(session, viewer_of(town.priya), town.space.id, form)
    jo, path = visit(town.jo), f"{town.path}/members/{town.jo.id}/cohost"
    assert jo.post(f"/posts/{question}/pin").status_code == 403
    assert jo.post(path, data={"cohost": "1"}).status_code == 404
    assert visit(town.mara).post(path, data={"cohost": "1"}).status_code == 303
    before = jo.get(f"{town.path}/invitations/new").status_code
    page = jo.get(f"{town.path}/members").text
    assert "New here" in page
    assert "Welcome them" in page
    assert "New here" not in visit(town.lin).get(f"{town.path}/members").text
    assert "@Lin Zhao" in jo.get(f"{town.path}/posts/new?welcome={town.lin.id}").text
    assert jo.post(f"/posts/{question}/pin").status_code == 303
    assert api(town.jo).post(f"{V1}/posts/{question}/close").json()["status"] == "closed"
    assert jo.post(f"/posts/{question}/reopen").status_code == 303
    assert jo.post(f"/posts/{question}/delete").status_code == 403
    assert visit(town.lin).post(f"/posts/{question}/close").status_code == 403
    assert before == 404
    assert (
        jo.post(
            f"{town.path}/invitations", data={"email": "sam@sam.example", "name": "Sam", "confirmed": True}
        ).status_code
        == 404
    )
    assert jo.get(f"/posts/{question}/side-notes").status_code == 404
    assert api(town.mara).put(f"{V1}{path}", json={"cohost": False}).status_code == 204
    assert jo.post(f"/posts/{question}/unpin").status_code == 403


def test_pinned_threads_stand_first(api: Visit, visit: Visit, system: OpenSession, town: Town) -> None:
    with system() as session:
        made = [
            factories.post(session, town.space, town.mara, title=title) for title in ("One", "Two", "Three", "Four")
        ]
    mara = api(town.mara)
    assert mara.post(f"{V1}/posts/{made[0].id}/pin").json()["pinned_at"]
    titles = [each["title"] for each in mara.get(f"{V1}{town.path}/posts").json()["items"]]
    assert titles == ["One", "Four", "Three", "Two"]
    page = visit(town.jo).get(town.path).text
    assert page.index(">One<") < page.index(">Four<")
    assert page.count(">One<") == 1
    for post in made[1:3]:
        assert mara.post(f"{V1}/posts/{post.id}/pin").status_code == 200
    assert mara.post(f"{V1}/posts/{made[3].id}/pin").status_code == 409
    assert mara.post(f"{V1}/posts/{made[0].id}/unpin").json()["pinned_at"] is None


def test_a_cohost_is_one_no_longer_when_their_time_is_over(visit: Visit, system: OpenSession, town: Town) -> None:
    with system() as session:
        from portal.access.models import SpaceMember

        member = session.get_one(SpaceMember, (town.space.id, town.jo.id))
        member.is_cohost, member.ends_at = True, now()
        post = factories.post(session, town.space, town.mara)
    assert visit(town.jo).post(f"/posts/{post.id}/pin").status_code == 404
    with system() as session:
        space, until = session.get_one(Space, town.space.id), now() + timedelta(days=9)
        admit(session, space, session.get_one(Person, town.jo.id), ends_at=until, sponsor_id=town.mara.id)
    assert visit(town.jo).post(f"/posts/{post.id}/pin").status_code == 403, "let in anew, they are a customer"


def test_those_outside_find_nothing_of_all_this(visit: Visit, town: Town) -> None:
    for who in (town.otto, None):
        for path in ("settings/customers", "colleagues", f"members/{town.jo.id}/cohost"):
            answer: Any = visit(who).post(f"{town.path}/{path}", data={})
            assert answer.status_code == (404 if who else 303)
