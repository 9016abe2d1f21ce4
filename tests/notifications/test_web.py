"""The bell, the list and the wishes, in a browser without scripts."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from portal.access.membership import dismiss
from portal.access.models import Group, Person
from portal.groups.events import JoinAnswered
from portal.listening.events import SourceFailing
from portal.notifications.models import Follow, MailWish, Notice
from tests import factories
from tests.app_fixtures import OpenSession, same_for_all
from tests.notifications.conftest import Happenings, Town

Visit = Callable[[Person | None], TestClient]


def bell(client: TestClient) -> int:
    found = re.search(r"(\d+) new", client.get("/notices/bell").text)
    return int(found[1]) if found else 0


def test_the_bell_counts_and_a_notice_leads_to_its_thread(town: Town, happen: Happenings, visit: Visit) -> None:
    post_id = happen.post(town.jo, town.harbour)
    ben = visit(town.ben)
    assert bell(ben) == 1
    page = ben.get("/notices").text
    assert "Jo Reyes wrote in Harbour Foods" in page
    assert "Leaking pump" in page
    address = re.search(r'href="(/notices/[0-9a-z]{20})"', page)
    assert address
    opened = ben.get(address[1])
    assert (opened.status_code, opened.headers["location"]) == (303, f"/posts/{post_id}")
    assert bell(ben) == 0


def test_a_notice_of_an_old_comment_leads_to_it(town: Town, happen: Happenings, visit: Visit) -> None:
    post_id = happen.post(town.ben, town.harbour)
    comment_id = happen.comment(town.jo, post_id)
    for _ in range(21):
        happen.comment(town.ben, post_id)
    ben = visit(town.ben)
    notice = re.search(r'href="(/notices/[0-9a-z]{20})"', ben.get("/notices").text)
    assert notice
    location = ben.get(notice[1]).headers["location"]
    assert location.endswith(f"#{comment_id}")
    assert f'id="{comment_id}"' in ben.get(location).text


def test_reading_the_thread_marks_its_notices_as_seen_and_the_bell_on_it_does_not_count_them(
    town: Town, happen: Happenings, visit: Visit
) -> None:
    post_id = happen.post(town.jo, town.harbour)
    other_id = happen.post(town.jo, town.harbour)
    ben = visit(town.ben)
    assert bell(ben) == 2
    page = ben.get(f"/posts/{post_id}").text
    assert '<span class="visually-hidden">1 new</span>' in page
    assert bell(ben) == 1
    ben.get(f"/posts/{other_id}/thread")
    assert bell(ben) == 0


def test_what_arrives_while_the_thread_is_on_the_screen_is_seen(town: Town, happen: Happenings, visit: Visit) -> None:
    post_id = happen.post(town.jo, town.harbour)
    ben = visit(town.ben)
    ben.get(f"/posts/{post_id}")
    happen.comment(town.jo, post_id)
    unreadable = {"HX-Request": "true", "HX-Current-URL": f"http://[::1/posts/{post_id}"}
    assert "new" in ben.get("/notices/bell", headers=unreadable).text
    there = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/posts/{post_id}#answers"}
    assert "new" not in ben.get("/notices/bell", headers=there).text
    assert bell(ben) == 0


def test_a_side_note_is_seen_beside_its_thread(town: Town, happen: Happenings, visit: Visit) -> None:
    post_id = happen.post(town.jo, town.harbour)
    happen.side_note(town.ben, post_id)
    mara = visit(town.mara)
    assert bell(mara) == 2
    mara.get(f"/posts/{post_id}")
    assert bell(mara) == 0


def test_a_notice_of_a_side_note_says_which_thread_it_is_about_and_nothing_of_its_words(
    town: Town, happen: Happenings, visit: Visit
) -> None:
    happen.side_note(town.ben, happen.post(town.jo, town.harbour), "Do not name the carrier.")
    page = visit(town.mara).get("/notices").text
    noted = page.split("wrote a side note in")[1]
    assert '<span class="notices-about">Leaking pump</span>' in noted.split("</li>")[0]
    assert "carrier" not in page


def test_all_are_marked_as_seen_at_once(town: Town, happen: Happenings, visit: Visit) -> None:
    happen.post(town.jo, town.harbour)
    happen.post(town.jo, town.harbour)
    ben = visit(town.ben)
    assert ben.post("/notices/seen").status_code == 303
    assert bell(ben) == 0
    assert "unread" not in ben.get("/notices").text.split('id="notices"')[1]


def test_a_customers_bell_says_nothing_of_side_notes(town: Town, happen: Happenings, visit: Visit) -> None:
    post_id = happen.post(town.jo, town.harbour)
    jo, priya = visit(town.jo), visit(town.priya)
    before = [(bell(each), each.get("/notices/bell").text) for each in (jo, priya)]
    happen.side_note(town.ben, post_id, "For @Jo Reyes nothing.")
    assert [(bell(each), each.get("/notices/bell").text) for each in (jo, priya)] == before
    assert "side note" not in jo.get("/notices").text + priya.get("/notices").text


@pytest.mark.story(40)
@pytest.mark.parametrize("who", ["jo", "ben"])
def test_a_notice_of_a_space_one_has_lost_is_neither_shown_nor_counted_nor_opened(
    town: Town, happen: Happenings, visit: Visit, system: OpenSession, who: str
) -> None:
    person = getattr(town, who)
    post_id = happen.post(town.priya, town.harbour)
    happen.comment(town.mara, post_id)
    client = visit(person)
    assert bell(client) > 0
    with system() as session:
        dismiss(session, town.harbour.id, person.id)
        notice = session.query(Notice).filter_by(person_id=person.id).first()
    assert notice is not None
    assert bell(client) == 0
    assert "Harbour" not in client.get("/notices").text
    hidden, unknown = client.get(f"/notices/{notice.id}"), client.get("/notices/00000000000000000000")
    assert hidden.status_code == unknown.status_code == 404
    assert same_for_all(hidden) == same_for_all(unknown)


def test_who_is_not_let_in_is_told_by_the_system_and_by_the_groups_page(
    town: Town, happen: Happenings, visit: Visit, system: OpenSession
) -> None:
    with system() as session:
        group = factories.group(session, town.mara, name="Pump club", joining="request")
    eve, mara = visit(town.eve), visit(town.mara)
    eve.post(f"/groups/{group.id}/requests", data={"words": "I like pumps"})
    asking = re.search(rf"/groups/{group.id}/requests/[0-9a-z]+/decline", mara.get(f"/groups/{group.id}/members").text)
    assert asking
    mara.post(asking[0])
    happen.deliver()
    page = eve.get("/notices").text
    assert "Your request to join Pump club was declined" in page
    assert "Mara" not in page
    assert bell(eve) == 1
    notice = re.search(r'href="(/notices/[0-9a-z]{20})"', page)
    assert notice
    assert eve.get(notice[1]).headers["location"] == f"/groups/{group.id}"
    card = eve.get(f"/groups/{group.id}").text
    assert "Your request to join was declined on" in card
    assert "Ask to join" in card
    assert "Pump club" not in visit(town.nora).get("/notices").text
    eve.post(f"/groups/{group.id}/requests", data={"words": "Again"})
    assert "declined" not in eve.get(f"/groups/{group.id}").text


def test_a_notice_of_not_being_let_in_goes_when_the_group_is_listed_no_more(
    town: Town, happen: Happenings, visit: Visit, system: OpenSession
) -> None:
    with system() as session:
        group = factories.group(session, town.mara, name="Pump club", joining="request")
        team = factories.space(session, group)
    happen.emit(JoinAnswered(group.id, team.id, "request", town.eve.id, "declined"), town.mara)
    eve = visit(town.eve)
    assert bell(eve) == 1
    with system() as session:
        session.get_one(Group, group.id).joining = "invite"
    assert bell(eve) == 0
    assert "Pump club" not in eve.get("/notices").text


def test_anothers_notice_cannot_be_opened(town: Town, happen: Happenings, visit: Visit, system: OpenSession) -> None:
    happen.post(town.jo, town.harbour)
    with system() as session:
        notice = session.query(Notice).filter_by(person_id=town.mara.id).one()
    for person in (town.ben, town.eve, town.jo):
        assert visit(person).get(f"/notices/{notice.id}").status_code == 404
    assert bell(visit(town.mara)) == 1


def test_an_administrator_who_is_none_any_more_hears_of_no_source(
    town: Town, happen: Happenings, visit: Visit, system: OpenSession
) -> None:
    happen.emit(SourceFailing(town.team.id, "s1"))
    ada = visit(town.ada)
    assert "A source keeps failing" in ada.get("/notices").text
    with system() as session:
        session.merge(town.ada).is_admin = False
    assert bell(ada) == 0


def test_wishes_are_kept_and_wrong_ones_say_what_to_change(town: Town, visit: Visit, system: OpenSession) -> None:
    ben = visit(town.ben)
    page = ben.get("/me/notices").text
    assert 'value="20:00"' in page
    assert "Service: inbox" in page
    wrong = ben.post("/me/notices", data={"wants_mail": "1", "quiet_from": "22:00", "quiet_until": ""})
    assert wrong.status_code == 422
    assert "leave both empty" in wrong.text
    assert 'value="22:00"' in wrong.text
    typed = {"quiet_from": "22:00", "quiet_until": "06:30", f"level-{town.team.id}": "all", "level-elsewhere": "all"}
    assert ben.post("/me/notices", data=typed).status_code == 303
    page = ben.get("/me/notices").text
    assert 'value="22:00"' in page
    assert re.search(rf'id="level-{town.team.id}".*?<option value="all" selected', page, re.DOTALL)
    with system() as session:
        wish = session.get(MailWish, town.ben.id)
        assert wish is not None
        assert not wish.wants_mail
        assert session.query(Follow).count() == 1


def test_a_group_is_muted_in_one_click_and_heard_again_in_another(
    town: Town, happen: Happenings, visit: Visit, system: OpenSession
) -> None:
    ben = visit(town.ben)
    assert "Mute this group" in ben.get(f"/spaces/{town.team.id}").text
    assert ben.post(f"/spaces/{town.team.id}/mute").status_code == 303
    happen.post(town.jo, town.harbour, "A word for @Ben Okafor")
    assert bell(ben) == 0
    assert ben.post(f"/spaces/{town.team.id}/unmute").status_code == 303
    happen.post(town.jo, town.harbour)
    assert bell(ben) == 1


def test_a_space_one_may_not_see_can_be_neither_muted_nor_unmuted(town: Town, visit: Visit) -> None:
    for person in (town.eve, town.jo):
        for verb in ("mute", "unmute"):
            assert visit(person).post(f"/spaces/{town.team.id}/{verb}").status_code == 404


def test_a_customer_sees_no_group_among_the_wishes(town: Town, visit: Visit) -> None:
    page = visit(town.jo).get("/me/notices").text
    assert "Harbour Foods" in page
    assert "Service" not in page


def test_the_bell_costs_one_statement(town: Town, happen: Happenings, visit: Visit, app: object) -> None:
    from sqlalchemy import event

    happen.post(town.jo, town.harbour)
    ben = visit(town.ben)
    bell(ben)
    statements: list[str] = []
    engine = app.state.portal.database.reader  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    bell(ben)
    assert len([each for each in statements if "notice" in each]) == 1
