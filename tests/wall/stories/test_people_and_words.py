"""Who people are, what they said and who read it: what others leaked there."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from portal.access.membership import dismiss
from portal.access.models import Person, Space
from portal.inbox import actions as inbox
from portal.inbox.models import Case
from portal.notifications.models import Follow, Notice
from portal.posts import actions as posts
from portal.posts.forms import CommentForm, PostForm
from portal.posts.models import PostSeen, SpaceSeen
from tests.app_fixtures import OpenSession
from tests.wall.stories.seen import PLACES, Eyes, bare
from tests.wall.stories.town import BESIDE, ELSEWHERE, INSIDE, Act, Town

Visit = Callable[[Person | None], TestClient]
Look = Callable[[Person], Eyes]


@pytest.mark.story(
    5,
    "completing a name answers for mail addresses too, so one can try who has an account",
    "outline PR#13330",
    "completion knows names alone, and of the people of one space; addresses of customers are tried nowhere",
)
def test_no_completion_answers_for_an_address(town: Town, eyes: Look, api: Visit) -> None:
    jo, space = eyes(town.jo), town.kitchens.id
    assert "Mara Lindqvist" in jo.get(f"/people/complete?space={space}&q=mar").text
    none = bare(jo.get(f"/people/complete?space={space}&q=neverever"))
    for part in (town.mara.email, town.priya.email, town.kim.email, "example.com", "ours.example"):
        assert bare(jo.get(f"/people/complete?space={space}&q={part}")) == none, part
        for path in ("/search?q={}", "/api/v1/search?q={}", "/people?q={}", "/api/v1/people?q={}"):
            for person in (town.jo, town.otto):
                found, none_found = [eyes(person).get(path.format(each)).text for each in (part, "neverever")]
                assert found.count("/people/") == none_found.count("/people/"), (path, part)
                assert town.kim.id not in found
    known, unknown = (
        api(town.olga).post(f"/api/v1/groups/{town.nightjar.id}/members", json={"person": each})
        for each in (town.kim.email, "nobody@example.com")
    )
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    added = api(town.olga).post(f"/api/v1/groups/{town.nightjar.id}/members", json={"person": town.otto.email})
    assert added.status_code == 204


@pytest.mark.story(
    6,
    "ids of people whom a guest may not know are given out",
    "CVE-2026-3115",
    "ids of people come with the rows they are joined to, through the rule that says whom one may know",
)
def test_no_answer_gives_out_the_id_of_somebody_hidden(town: Town, eyes: Look) -> None:
    space, question = town.kitchens.id, town.question
    paths = [
        f"/spaces/{space}",
        f"/spaces/{space}/members",
        f"/spaces/{space}/posts/new",
        f"/posts/{question}",
        f"/people/{town.mara.id}",
        f"/api/v1/spaces/{space}",
        f"/api/v1/spaces/{space}/members",
        f"/api/v1/spaces/{space}/posts",
        f"/api/v1/posts/{question}",
        f"/api/v1/posts/{question}/comments",
        f"/api/v1/people/{town.mara.id}",
        "/api/v1/organisations",
        "/api/v1/me",
        "/search?q=nora",
        "/api/v1/search?q=kim",
        f"/people/complete?space={space}&q=",
    ]
    known = {"mara", "ben", "jo", "lin", "priya"}
    everybody = {name: each.id for name, each in vars(town).items() if isinstance(each, Person)}
    assert len(everybody) == 14
    jo = eyes(town.jo)
    text = jo.read(*PLACES, *paths)
    assert {name for name, each in everybody.items() if each in text} == known
    for name in everybody.keys() - known:
        for path in ("/people/{}", "/people/{}/photo", "/api/v1/people/{}"):
            jo.finds_nothing("GET", path, everybody[name])
    assert jo.get(f"/api/v1/people/{town.priya.id}").json()["name"] == "Priya Nair"


@pytest.mark.story(
    14,
    "a profile answers 200 or 404, and so tells who has an account",
    "CVE-2019-12743",
    "a person is fetched through the rule; whoever is hidden is as absent as nobody, with every method and header",
)
def test_a_hidden_profile_is_one_that_never_was(town: Town, eyes: Look, visit: Visit) -> None:
    for person, hidden in ((town.jo, town.kim), (town.kim, town.jo), (town.lee, town.priya), (town.otto, town.kim)):
        for method in ("GET", "HEAD"):
            for path in ("/people/{}", "/people/{}/photo", "/api/v1/people/{}"):
                eyes(person).finds_nothing(method, path, hidden.id, headers={"If-None-Match": "*"})
    known, unknown = (visit(None).get(f"/people/{each}") for each in (town.kim.id, "0" * 20))
    assert known.status_code == unknown.status_code == 303
    for person, shown in ((town.eve, town.kim), (town.priya, town.jo), (town.jo, town.mara)):
        assert shown.name in eyes(person).get(f"/people/{shown.id}").text
        assert eyes(person).get(f"/api/v1/people/{shown.id}").json()["name"] == shown.name


@pytest.mark.story(
    26,
    "the answer to a post tells everybody who was notified of it",
    "CVE-2023-48732",
    "a notice is its person's own row; nothing about a post says who was told, muted it or got mail",
)
def test_who_was_told_is_known_to_nobody_else(
    town: Town, eyes: Look, visit: Visit, act: Act, system: OpenSession, still: object
) -> None:
    post = act(town.jo, posts.publish_post, town.kitchens.id, PostForm(title="Look", body="@Lin Zhao, @Mara Lindqvist"))
    about = [f"/posts/{post}", f"/api/v1/posts/{post}", f"/spaces/{town.kitchens.id}/members", f"/people/{town.lin.id}"]
    priya, mara = eyes(town.priya), eyes(town.mara)
    before = priya.see(*about), mara.see(*about)
    with system() as session:
        lins = session.scalars(select(Notice.id).where(Notice.person_id == town.lin.id)).all()
    assert lins
    for notice in lins:
        for path in ("/notices/{}", "/api/v1/notices/{}"):
            priya.finds_nothing("GET", path, notice)
        priya.finds_nothing("POST", "/api/v1/notices/{}/seen", notice)
    assert "Jo Reyes" in visit(town.lin).get("/notices").text
    visit(town.lin).post("/notices/seen")
    assert visit(town.lin).post(f"/spaces/{town.kitchens.id}/mute").status_code == 303
    assert (priya.see(*about), mara.see(*about)) == before


@pytest.mark.story(
    27,
    "who has read a channel, and when, shows at it",
    "CVE-2025-55074",
    "what one has seen is one's own row, read through one's own id; a lead's page says when somebody was last here",
)
def test_who_has_read_something_shows_to_nobody_else(town: Town, eyes: Look, act: Act, still: object) -> None:
    post = act(town.mara, posts.publish_post, town.kitchens.id, PostForm(title="News", body="The new filter is here"))
    about = [f"/posts/{post}", f"/api/v1/posts/{post}", f"/spaces/{town.kitchens.id}", f"/people/{town.lin.id}"]
    watching = [eyes(person) for person in (town.priya, town.mara)]
    before = [each.see(*about) for each in watching]
    lin = eyes(town.lin)
    assert "The new filter" in lin.get("/catch-up").text
    lin.browser.get(f"/posts/{post}")
    lin.program.post(f"/api/v1/spaces/{town.kitchens.id}/seen")
    assert "The new filter" not in lin.get("/catch-up").text
    assert [each.see(*about) for each in watching] == before


@pytest.mark.story(
    28,
    "where somebody stopped reading, and how they want to be told, is given out and kept for topics they cannot see",
    "CVE-2021-37703",
    "no answer holds such a state but one's own, and none is kept for a space one is not in",
)
def test_reading_state_is_ones_own_and_of_ones_own_spaces(town: Town, eyes: Look, system: OpenSession) -> None:
    def kept() -> list[str]:
        with system() as session:
            return [row for each in (PostSeen, SpaceSeen, Follow) for row in session.scalars(select(each.person_id))]

    before = kept()
    for person in town.outsiders:
        for method, path in (
            ("POST", "/spaces/{}/read"),
            ("POST", "/spaces/{}/mute"),
            ("POST", "/spaces/{}/unmute"),
            ("POST", "/api/v1/spaces/{}/seen"),
        ):
            eyes(person).finds_nothing(method, path, town.kitchens.id)
        eyes(person).finds_nothing("PUT", "/api/v1/spaces/{}/level", town.kitchens.id, json={"level": "nothing"})
        eyes(person).finds_nothing("POST", "/api/v1/posts/{}/seen", town.question)
    assert kept() == before
    level = eyes(town.jo).program.put(f"/api/v1/spaces/{town.kitchens.id}/level", json={"level": "nothing"})
    assert level.status_code == 200
    assert len(kept()) == len(before) + 1
    paths = (f"/api/v1/posts/{town.question}", f"/api/v1/spaces/{town.kitchens.id}/members", "/api/v1/spaces")
    told = eyes(town.priya).read(*paths)
    assert not re.search(r'"(seen|read|unread|level|last_read)[a-z_]*"', told)


@pytest.mark.story(
    29,
    "a whisper shows its writer as the last who posted",
    "CVE-2021-32788",
    "a side note is a post of another space: the thread's row, its order, times and names know nothing of it",
)
def test_a_side_note_makes_nobody_the_last_who_wrote(town: Town, eyes: Look, act: Act, still: object) -> None:
    words = PostForm(title="Newer thread", body="Newer than the question")
    newer = act(town.lin, posts.publish_post, town.kitchens.id, words)
    thread = [
        f"/spaces/{town.kitchens.id}",
        f"/posts/{town.question}",
        f"/posts/{newer}",
        f"/api/v1/spaces/{town.kitchens.id}/posts",
        f"/api/v1/posts/{town.question}",
        f"/api/v1/posts/{town.question}/comments",
    ]
    jo, mara = eyes(town.jo), eyes(town.mara)
    before = jo.see(*thread)
    for post in (newer, town.question):
        act(town.ben, posts.publish_side_note, post, CommentForm(body="Whispered: tapir"))
    assert jo.see(*thread) == before
    listed = jo.get(thread[3]).json()["items"]
    assert listed[0]["title"] == "Newer thread"
    assert "Ben Okafor" not in jo.get(thread[0]).text.partition("Which filter fits?")[2].partition("</li>")[0]
    assert "tapir" in mara.get(f"/posts/{town.question}").text


@pytest.mark.story(
    30,
    "the beginning of a hidden text stands in a list",
    "CVE-2026-27162",
    "an excerpt is made of the row that the viewer fetched; notices hold no text, and find their thread anew",
)
def test_no_excerpt_of_what_one_may_not_read(town: Town, eyes: Look, system: OpenSession) -> None:
    hidden = (INSIDE, BESIDE, "heron", "Nobody knows")
    for person in (*town.outsiders, town.jo):
        lists = ("/catch-up", "/notices", "/api/v1/notices", "/search?q=margin", "/api/v1/search?q=refund")
        text = eyes(person).read(*lists)
        read = {INSIDE} if person is town.nora else set()
        assert {word for word in hidden if word in text} == read, person.name
    ben = eyes(town.ben)
    assert f"The {INSIDE} margin" in ben.get(f"/api/v1/spaces/{town.team.id}/posts").text
    assert f"Keep the <mark>{INSIDE}</mark>" in ben.get(f"/api/v1/search?q={INSIDE}").text
    with system() as session:
        dismiss(session, town.team.id, town.nora.id)
    assert INSIDE not in eyes(town.nora).read(*lists)


@pytest.mark.story(
    31,
    "quoting gives out the raw text of a hidden post",
    "CVE-2026-44785",
    "what is quoted is fetched through the viewer like any other words, the comment together with its post",
)
def test_nothing_hidden_is_quoted(town: Town, eyes: Look, act: Act) -> None:
    sent = {"space_id": town.kitchens.id, "body": "> x"}
    for person in (*town.outsiders, town.jo):
        for hidden in (town.note, town.egg, *([town.inside] if person is not town.nora else [])):
            eyes(person).finds_nothing("GET", "/posts/{}/quote", hidden)
            eyes(person).finds_nothing("POST", "/api/v1/posts/{}/quote", hidden, json=sent)
    jo = eyes(town.jo)
    for comment in (town.inside_comment, town.note):
        jo.finds_nothing("GET", f"/posts/{town.question}/quote?space={town.kitchens.id}&comment={{}}", comment)
        jo.finds_nothing("POST", f"/api/v1/posts/{town.question}/quote?comment_id={{}}", comment, json=sent)
    act(town.mara, posts.edit_comment, town.answer, "The green one.")
    quoted = jo.get(f"/posts/{town.question}/quote?comment={town.answer}&space={town.kitchens.id}").text
    assert "&gt; The green one." in quoted
    assert "The blue one" not in quoted
    inside = eyes(town.ben).get(f"/posts/{town.inside}/quote?comment={town.inside_comment}&space={town.team.id}")
    assert f"&gt; Keep the {INSIDE} to us." in inside.text


@pytest.mark.story(
    32,
    "the names of those who reacted are shown where names are hidden",
    "CVE-2026-44782",
    "thanks are by name, and the name is the column that says how this viewer may know this person",
)
def test_names_in_thanks(town: Town, eyes: Look, act: Act, system: OpenSession) -> None:
    with system() as session:
        session.get_one(Space, town.kitchens.id).first_names_only = True
    act(town.lin, posts.toggle_thanks, town.question, town.answer)
    for path in (f"/posts/{town.question}", f"/posts/{town.question}/thread"):
        priya = eyes(town.priya).get(path).text
        assert ("Lin (Lindenhof)" in priya, "Lin" in priya, "Zhao" in priya) == (False, True, False)
        assert "Lin Zhao says thanks" in eyes(town.jo).get(path).text
    for path in (f"/api/v1/posts/{town.question}/comments", f"/api/v1/posts/{town.question}", "/notices"):
        assert "Zhao" not in eyes(town.priya).get(path).text
    for person in town.outsiders:
        eyes(person).finds_nothing("POST", "/posts/{}/thanks", town.question)
        eyes(person).finds_nothing("POST", "/api/v1/posts/{}/thanks", town.question, json={"comment_id": town.answer})
    with system() as session:
        dismiss(session, town.kitchens.id, town.lin.id)
    assert "Lin Zhao" in eyes(town.mara).get(f"/posts/{town.question}").text


@pytest.mark.story(
    34,
    "a note that the system writes into a thread names something internal",
    "titles in system notes",
    "the system writes into no thread: what became of customers' words stands beside them, in spaces of staff",
)
def test_what_the_system_notes_stands_beside(
    town: Town, eyes: Look, act: Act, visit: Visit, system: OpenSession, deliver: Callable[[], int], still: object
) -> None:
    thread = [f"/posts/{town.question}", f"/api/v1/posts/{town.question}/comments", f"/spaces/{town.kitchens.id}"]
    jo, ada = eyes(town.jo), eyes(town.ada)
    before = jo.see(*thread)
    sent = {"department": "service", "text": "They ask for the tapir"}
    assert visit(town.mara).post(f"/posts/{town.question}/case", data=sent).status_code == 303
    deliver()
    with system() as session:
        case = session.scalars(select(Case.id).where(Case.department_id == town.service.id)).one()
    act(town.mara, inbox.claim, case)
    act(town.mara, inbox.write_note, case, "The tapir is out of stock")
    assert jo.see(*thread) == before
    assert "tapir" in visit(town.mara).get(f"/cases/{case}").text
    trail = ada.read("/admin/trail", "/admin/trail.csv", "/api/v1/trail")
    assert "opened" in trail
    for word in ("tapir", "Which filter", INSIDE, ELSEWHERE, BESIDE):
        assert word not in trail
