"""Search, lists, counts and what is kept of them: what others leaked there."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from portal.access.membership import admit, dismiss, follow_group
from portal.access.models import Group, GroupMember, Person, Space
from portal.core.clock import now
from portal.core.ids import new_id
from portal.listening import actions as listening
from portal.listening.forms import HeardForm
from portal.posts import actions as posts
from portal.posts.forms import CommentForm, PostEdit, PostForm
from tests import factories
from tests.app_fixtures import OpenSession
from tests.wall.stories.seen import Eyes, bare
from tests.wall.stories.town import ELSEWHERE, INSIDE, Act, Town

Visit = Callable[[Person | None], TestClient]
Look = Callable[[Person], Eyes]


@pytest.mark.story(
    2,
    "search in what is archived finds channels one was never in",
    "CVE-2025-11776",
    "search asks through the one join, archived or not; words that were changed or deleted leave the index",
)
def test_what_is_archived_is_found_by_its_members_alone(
    town: Town, visit: Visit, api: Visit, act: Act, system: OpenSession
) -> None:
    act(town.ben, posts.edit_post, town.inside, PostEdit(title="Margins", body="Once a badger, now a quokka."))
    act(town.ben, posts.edit_post, town.inside, PostEdit(title="Margins", body="A quokka."))
    act(town.eve, posts.publish_comment, town.elsewhere, CommentForm(body="The quokka of Pilot"))
    with system() as session:
        session.get_one(Group, town.service.id).archived_at = now()
        for space in (town.team, town.pilot):
            session.get_one(Space, space.id).archived_at = now()
    for person in (town.jo, town.otto, town.ada, town.lee):
        for word in ("quokka", "badger", INSIDE, ELSEWHERE):
            never = visit(person).get("/search?q=neverever").text
            page = visit(person).get(f"/search?q={word}").text
            assert page.count("/posts/") == never.count("/posts/")
            assert api(person).get(f"/api/v1/search?q={word}").json()["items"] == []
    found = api(town.ben).get("/api/v1/search?q=quokka").json()["items"]
    assert [each["id"] for each in found] == [town.inside]
    assert town.inside in visit(town.ben).get("/search?q=quokka").text
    assert api(town.ben).get("/api/v1/search?q=badger").json()["items"] == []
    assert len(api(town.kim).get("/api/v1/search?q=quokka").json()["items"]) == 1


@pytest.mark.story(
    3,
    "the directory, sorted or narrowed by something hidden, tells who is in a group",
    "Discourse CVE-2026-33425",
    "people are narrowed and sorted by their own profile alone; memberships and activity are not asked",
)
def test_no_filter_and_no_order_tells_who_is_in_a_group(
    town: Town, eyes: Look, act: Act, system: OpenSession, still: object
) -> None:
    asked = [
        "/people?q=o",
        "/people?q=nightjar",
        "/people?page=2",
        "/api/v1/people?q=o&limit=3",
        "/api/v1/people?q=nightjar",
        f"/people?q=a&group={town.nightjar.id}&sort=joined",
    ]
    otto = eyes(town.otto)
    before = otto.see(*asked)
    with system() as session:
        session.add(GroupMember(group_id=town.nightjar.id, person_id=town.nora.id, role="lead"))
        session.flush()
        follow_group(session, town.nightjar.id)
    for words in ("I am here now", "And write", "More than others"):
        act(town.nora, posts.publish_post, town.nest.id, PostForm(body=words))
    assert otto.see(*asked) == before
    assert town.nora.name not in otto.get("/people?q=nightjar").text
    members = f"/groups/{town.nightjar.id}/members"
    assert town.nora.name in eyes(town.olga).get(members).text
    assert town.nora.id in eyes(town.olga).get(f"/api/v1{members}").text


@pytest.mark.story(
    7,
    "guests fetch the list of all groups",
    "CVE-2022-2408",
    "customers have no list of groups at all; employees see open ones, those they could ask to join, and their own",
)
def test_lists_of_groups(town: Town, visit: Visit, api: Visit, eyes: Look) -> None:
    for customer in (town.jo, town.lee, town.kim):
        for path in ("/groups", "/api/v1/groups", "/groups/new", "/organisations"):
            answer = eyes(customer).get(path)
            assert answer.status_code == 404, path
            assert "Nightjar" not in answer.text
        spaces = api(customer).get("/api/v1/spaces").json()["items"]
        assert {each["name"] for each in spaces} <= {"Kitchens" if customer is town.jo else "Pilot"}
    shown = eyes(town.jo).read(f"/spaces/{town.kitchens.id}", f"/api/v1/spaces/{town.kitchens.id}")
    assert [told for told in ("Service", town.service.id) if told in shown] == []
    for outsider in (town.otto, town.ada, town.mara):
        listed = api(outsider).get("/api/v1/groups?limit=100").json()["items"]
        assert town.nightjar.id not in {each["id"] for each in listed}
        assert "Nightjar" not in visit(outsider).get("/groups").text
    assert "Project Nightjar" in visit(town.olga).get("/groups").text
    assert "Project Nightjar" in api(town.olga).get("/api/v1/groups").text


@pytest.mark.story(
    8,
    "groups one is not in, by their ids",
    "CVE-2025-41443",
    "every group is fetched through the rule that lists it, so an id opens nothing that no list shows",
)
def test_groups_by_their_ids(town: Town, eyes: Look, system: OpenSession) -> None:
    with system() as session:
        session.delete(session.get_one(GroupMember, (town.nightjar.id, town.vera.id)))
        dismiss(session, town.nest.id, town.vera.id)
    for person in (town.otto, town.ada, town.jo, town.vera):
        for method, path in (
            ("GET", "/groups/{}"),
            ("GET", "/groups/{}/members"),
            ("GET", "/groups/{}/settings"),
            ("GET", "/groups/{}/trail"),
            ("POST", "/groups/{}/join"),
            ("POST", "/groups/{}/requests"),
            ("GET", "/api/v1/groups/{}"),
            ("GET", "/api/v1/groups/{}/members"),
            ("POST", "/api/v1/groups/{}/join"),
        ):
            eyes(person).finds_nothing(method, path, town.nightjar.id)
        eyes(person).finds_nothing("GET", "/spaces/{}", town.nest.id)
        eyes(person).finds_nothing("GET", "/api/v1/spaces/{}", town.nest.id)
    assert eyes(town.olga).get(f"/api/v1/groups/{town.nightjar.id}").json()["name"] == "Project Nightjar"
    assert eyes(town.olga).get(f"/groups/{town.nightjar.id}").status_code == 303


@pytest.mark.story(
    9,
    "names of private groups come up where one jumps, completes or searches",
    "CVE-2024-10241",
    "nothing completes or searches the names of groups, and every list of them is the one rule",
)
def test_names_of_private_groups_stand_nowhere(town: Town, eyes: Look) -> None:
    asked = [
        "/search?q=nightjar",
        "/api/v1/search?q=nightjar",
        "/people?q=nightjar",
        "/people/complete?q=night",
        f"/people/complete?q=night&space={town.nest.id}",
        "/groups/new",
        "/admin",
        "/admin/departments",
        "/admin/trail",
        "/admin/trail.csv",
        "/admin/emergency",
        "/admin/mail",
        "/api/v1/trail",
        "/api/v1/leaderless-groups",
        f"/people/{town.olga.id}",
    ]
    for person in (town.mara, town.jo, town.ada):
        seen = eyes(person).read(*asked)
        told = [line for line in seen.splitlines() if "Nightjar" in line or "nobody knows" in line.lower()]
        assert told == [], person.name
    assert "Project Nightjar" in eyes(town.olga).read("/groups", f"/spaces/{town.nest.id}")


@pytest.mark.story(
    10,
    "guests read who is in a channel",
    "CVE-2025-1792",
    "members of a space are seen by those in it, members of a group by its members, and ends and hosts by staff alone",
)
def test_lists_of_members(town: Town, visit: Visit, api: Visit, eyes: Look, system: OpenSession) -> None:
    with system() as session:
        club = factories.group(session, town.olga, town.nora, name="Book club", joining="open")
        inside = factories.space(session, club)
    for person in [*town.outsiders, town.eve]:
        eyes(person).finds_nothing("GET", "/spaces/{}/members", town.kitchens.id)
        eyes(person).finds_nothing("GET", "/api/v1/spaces/{}/members", town.kitchens.id)
        eyes(person).finds_nothing("GET", "/spaces/{}/who-sees", town.kitchens.id)
    assert "Book club" in visit(town.otto).get(f"/groups/{club.id}").text
    assert "Nora" not in visit(town.otto).get(f"/groups/{club.id}").text
    for path in (f"/groups/{club.id}/members", f"/api/v1/groups/{club.id}/members", f"/spaces/{inside.id}/members"):
        answer = eyes(town.otto).get(path)
        assert (answer.status_code, "Nora" in answer.text) == (404, False), path
    seen = api(town.jo).get(f"/api/v1/spaces/{town.kitchens.id}/members").json()["items"]
    names = {each["name"] for each in seen}
    assert names == {"Jo Reyes", "Lin Zhao", "Priya Nair", "Mara Lindqvist", "Ben Okafor"}
    others = [each for each in seen if each["person_id"] != town.jo.id]
    assert not any(each.get("ends_at") for each in others)
    assert "Lee Gone" not in visit(town.jo).get(f"/spaces/{town.kitchens.id}/members").text
    assert "Nora" in visit(town.olga).get(f"/groups/{club.id}/members").text


@pytest.mark.story(
    11,
    "that something has hidden children shows at what stands above it",
    "GHSA-3qh8-xw23-cq4x",
    "a group shows of its spaces those that the viewer is in; nothing counts or names the others",
)
def test_hidden_children_do_not_show_at_what_they_belong_to(
    town: Town, eyes: Look, system: OpenSession, act: Act, still: object
) -> None:
    above = [
        f"/groups/{town.service.id}",
        f"/groups/{town.service.id}/members",
        f"/spaces/{town.team.id}",
        f"/spaces/{town.team.id}/files",
        f"/api/v1/groups/{town.service.id}",
        f"/api/v1/spaces/{town.team.id}",
    ]
    nora, jo = eyes(town.nora), eyes(town.jo)
    beside = [f"/spaces/{town.kitchens.id}", f"/api/v1/spaces/{town.kitchens.id}", f"/api/v1/posts/{town.question}"]
    before, shown = nora.see(*above), jo.see(*beside)
    with system() as session:
        secret = factories.customer_space(session, town.service, town.mara, town.kim, name="Secret deal")
    act(town.kim, posts.publish_post, secret.id, PostForm(kind="question", title="Deal?", body="Deal?"))
    act(town.ben, posts.publish_side_note, town.question, CommentForm(body="More beside it"))
    assert nora.see(*above) == before
    assert jo.see(*beside) == shown
    assert "Kitchens" not in nora.read(*above)
    assert "Secret deal" in eyes(town.mara).read(f"/spaces/{town.team.id}")


@pytest.mark.story(
    12,
    "the address that a redirect leads to tells the name of what is hidden",
    "CVE-2026-23743",
    "what redirects fetches through the viewer first; there are no names in addresses",
)
def test_no_redirect_tells_where_something_hidden_is(town: Town, eyes: Look, visit: Visit, api: Visit) -> None:
    for person in [*town.outsiders, town.jo]:
        eyes(person).finds_nothing("GET", "/posts/{}", town.note)
        other = town.inside if person is town.kim else town.elsewhere
        eyes(person).finds_nothing("GET", "/posts/{}?at=" + town.inside_comment, other)
        eyes(person).finds_nothing("GET", "/groups/{}", town.nightjar.id)
    with_notice = api(town.mara).get("/api/v1/notices").json()["items"][0]["id"]
    for person in (town.jo, town.ben, town.ada):
        eyes(person).finds_nothing("GET", "/notices/{}", with_notice)
    hidden = visit(None).get(f"/posts/{town.note}")
    absent_id = new_id()
    absent = visit(None).get(f"/posts/{absent_id}")
    assert hidden.headers["location"] == absent.headers["location"].replace(absent_id, town.note)
    assert visit(town.mara).get(f"/posts/{town.note}").headers["location"] == f"/posts/{town.question}#{town.note}"
    assert visit(town.mara).get(f"/notices/{with_notice}").headers["location"].startswith("/posts/")


@pytest.mark.story(
    35,
    "a number counts what one may not see",
    "aggregates",
    "every count is a count over the same join as the list that it stands for",
)
def test_no_number_counts_what_is_hidden(town: Town, eyes: Look, act: Act, system: OpenSession, still: object) -> None:
    watching = {person.name: eyes(person) for person in (town.nora, town.ada, town.kim, town.jo)}
    mine = {"Jo Reyes": town.kitchens, "Kim Other": town.pilot, "Nora Quist": town.team}
    paths = {name: [f"/spaces/{space.id}", f"/api/v1/spaces/{space.id}/posts"] for name, space in mine.items()}
    before = {name: each.see(*paths.get(name, [])) for name, each in watching.items()}
    vera = eyes(town.vera)
    counted = vera.get("/frame/counts").text
    for at in range(3):
        act(
            town.olga, posts.publish_post, town.nest.id, PostForm(kind="question", title=f"The {at}?", body="the words")
        )
        act(town.ben, posts.publish_side_note, town.question, CommentForm(body="the side note"))
        act(town.olga, posts.publish_comment, town.egg, CommentForm(body="the answer"))
        heard = HeardForm(kind="call", text=f"the salary {at}", name="Somebody", department="hr")
        act(town.hanna, listening.record_heard, heard)
    assert {name: each.see(*paths.get(name, [])) for name, each in watching.items()} == before
    assert vera.get("/frame/counts").text != counted
    assert "The 2?" in vera.read("/catch-up")


@pytest.mark.story(
    36,
    "a summary or an error that was kept for one is given to another",
    "cached summaries and cached errors",
    "nothing is kept between requests but statements; answers say no-store, and files are asked for again each time",
)
def test_nothing_kept_for_one_is_given_to_another(town: Town, eyes: Look, system: OpenSession) -> None:
    paths = (f"/posts/{town.question}", f"/spaces/{town.kitchens.id}", f"/api/v1/posts/{town.question}", "/catch-up")
    mara, jo, otto = eyes(town.mara), eyes(town.jo), eyes(town.otto)
    for path in paths:
        mara.get(path)
        staff, customer, stranger, again = mara.get(path), jo.get(path), otto.get(path), mara.get(path)
        for inside in ("zebra", town.team.id, town.side.id):
            assert inside not in customer.text + stranger.text
        assert bare(again) == bare(staff)
        for answer in (staff, customer, stranger):
            assert answer.headers["cache-control"] == "no-store"
    assert "zebra" in mara.get(paths[0]).text
    picture = f"/files/{town.photo}"
    kept = eyes(town.kim).get(picture)
    assert (kept.status_code, kept.headers["cache-control"]) == (200, "private, no-cache")
    again = eyes(town.otto).browser.get(picture, headers={"If-None-Match": kept.headers["etag"]})
    assert again.status_code == 404
    absent = otto.get(paths[0])
    with system() as session:
        for space in (town.kitchens, town.side):
            admit(session, session.merge(space), session.merge(town.otto))
    assert (absent.status_code, otto.get(paths[0]).status_code) == (404, 200)
    with system() as session:
        dismiss(session, town.kitchens.id, town.otto.id)
    assert bare(otto.get(paths[0])) == bare(absent)


@pytest.mark.story(
    51,
    "unread counts go up for what one cannot open",
    "unread counts",
    "the counts round a page are made of the viewer's own spaces and notices",
)
def test_unread_counts_are_about_what_one_can_open(town: Town, eyes: Look, act: Act, still: object) -> None:
    places = ("/frame/counts", "/notices/bell", "/catch-up", "/api/v1/notices?unseen=true")
    watching = [eyes(person) for person in (*town.outsiders, town.jo, town.lin)]
    before = [[bare(each.get(path)) for path in places] for each in watching]
    counts = eyes(town.mara).get("/frame/counts").text
    act(town.ben, posts.publish_side_note, town.question, CommentForm(body="Both of you: @Mara Lindqvist"))
    act(town.olga, posts.publish_post, town.nest.id, PostForm(body="New to Vera"))
    assert [[bare(each.get(path)) for path in places] for each in watching] == before
    assert eyes(town.mara).get("/frame/counts").text != counts
    act(town.mara, posts.publish_comment, town.question, CommentForm(body="For all of you"))
    now_told = [[bare(each.get(path)) for path in places] for each in watching]
    assert now_told[:5] == before[:5]
    assert now_told[5:] != before[5:]


@pytest.mark.story(
    58,
    "who waits for an answer, and for how long",
    "customers waiting",
    "who waits is a row of the side space, which its staff alone are in",
)
def test_who_waits_is_seen_by_the_staff_of_the_space(
    town: Town, visit: Visit, api: Visit, eyes: Look, act: Act, still: object
) -> None:
    jo, elsewhere = eyes(town.jo), [eyes(person) for person in (town.nora, town.eve, town.otto, town.ada)]
    counts = [[bare(each.get(path)) for path in ("/frame/counts", "/inbox", "/groups")] for each in elsewhere]
    counted = visit(town.mara).get("/frame/counts").text
    question = act(
        town.lin, posts.publish_post, town.kitchens.id, PostForm(kind="question", title="Still there?", body="Hello?")
    )
    asked = [f"/posts/{question}", f"/api/v1/posts/{question}", f"/spaces/{town.kitchens.id}"]
    before = jo.see(*asked)
    assert visit(town.mara).get("/frame/counts").text != counted
    assert counts == [[bare(each.get(path)) for path in ("/frame/counts", "/inbox", "/groups")] for each in elsewhere]
    listed = [each["post_id"] for each in api(town.mara).get("/api/v1/waiting").json()["items"]]
    assert question in listed
    assert "Still there?" in visit(town.mara).get("/waiting").text
    for person in (town.nora, town.eve, town.otto, town.ada):
        assert question not in api(person).get("/api/v1/waiting").text
        assert "Still there?" not in visit(person).get("/waiting").text
        for verb, sent in (("hand-over", {"owner_id": person.id}), ("no-answer-needed", {"reason": "x"})):
            eyes(person).finds_nothing("POST", "/waiting/{}/" + verb, str(question), data=sent)
            eyes(person).finds_nothing("POST", "/api/v1/waiting/{}/" + verb, str(question), json=sent)
    assert visit(town.jo).get("/waiting").status_code == 404
    act(town.mara, posts.hand_over, question, town.ben.id)
    act(town.ben, posts.need_no_answer, question, "Said by phone")
    assert jo.see(*asked) == before
