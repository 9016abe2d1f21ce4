"""A customer reports words to the lead: who wrote them is not told, nor any other customer."""

from collections.abc import Callable

from fastapi.testclient import TestClient
from sqlalchemy import select

from portal.access.models import GroupMember, Person
from portal.core.models import EventRow
from portal.posts.models import Comment, Post, Report
from tests.app_fixtures import assert_wrong
from tests.posts.conftest import OpenSession, Town

Visit = Callable[[Person | None], TestClient]


def test_a_report_reaches_the_leads_and_nobody_else(
    town: Town, question: Post, visit: Visit, api: Visit, deliver: Callable[[], int], system: OpenSession
) -> None:
    priya, path = visit(town.priya), f"/posts/{question.id}/report"
    before = visit(town.jo).get(f"/posts/{question.id}").text
    assert f'href="{path}"' in priya.get(f"/posts/{question.id}").text
    assert f'href="{path}"' not in before
    form = priya.get(path).text
    assert "Until spring?" in form
    assert "The lead reads your reason" in form
    refused = priya.post(path, data={"reason": " "})
    assert (refused.status_code, "Fill this in." in refused.text) == (422, True)
    for reason in ("It names a competitor", "It names two competitors"):
        assert priya.post(path, data={"reason": reason}).status_code == 303
    deliver()
    mara, listed = visit(town.mara), f"/spaces/{town.harbour.id}/reports"
    assert "Priya Raman reported words in Harbour Foods" in mara.get("/notices").text
    assert f'href="{listed}"' in mara.get(f"/spaces/{town.harbour.id}").text
    page = mara.get(listed).text
    assert "It names two competitors" in page
    assert "It names a competitor" not in page
    items = api(town.mara).get(f"/api/v1{listed}").json()["items"]
    assert [(each["reporter_name"], each["author_name"]) for each in items] == [("Priya Raman", "Jo Reyes")]
    for other in (town.ben, town.jo, town.priya):
        assert "reported" not in visit(other).get("/notices").text
    assert "competitor" not in visit(town.ben).get(listed).text
    assert visit(town.ben).post(f"/reports/{items[0]['id']}/settle").status_code == 404
    for outsider in (town.jo, town.priya, town.nora, town.eve, town.lee):
        assert visit(outsider).get(listed).status_code == 404
        assert api(outsider).get(f"/api/v1{listed}").status_code == 404
        assert api(outsider).post(f"/api/v1/reports/{items[0]['id']}/settle").status_code == 404
    assert "competitor" not in visit(town.jo).get(f"/posts/{question.id}").text
    assert mara.post(f"/reports/{items[0]['id']}/settle").status_code == 303
    assert "Nothing is reported" in mara.get(listed).text
    with system() as session:
        assert set(session.scalars(select(Report.space_id))) == {town.side.id}
        events = session.scalars(select(EventRow).where(EventRow.kind.in_(("post_reported", "report_settled")))).all()
        assert {event.space_id for event in events} == {town.side.id}
        assert "competitor" not in str([event.data for event in events])


def test_a_lead_is_not_told_of_a_report_about_their_own_words(
    town: Town, question: Post, visit: Visit, deliver: Callable[[], int], system: OpenSession
) -> None:
    """Without another lead, the other staff of the space are."""
    with system() as session:
        comment_id = session.scalars(select(Comment.id).where(Comment.post_id == question.id)).one()
    jo, path = visit(town.jo), f"/posts/{question.id}/report?comment={comment_id}"
    assert "Those who look after this space read your reason" in jo.get(path).text
    assert jo.post(path, data={"reason": "Not kind"}).status_code == 303
    assert "Those who look after this space are told" in jo.get(f"/posts/{question.id}").text
    deliver()
    listed = f"/spaces/{town.harbour.id}/reports"
    assert "reported" not in visit(town.mara).get("/notices").text
    assert "Not kind" not in visit(town.mara).get(listed).text
    assert "Jo Reyes reported words" in visit(town.ben).get("/notices").text
    assert "Not kind" in visit(town.ben).get(listed).text


def test_no_trail_tells_who_wrote_the_words_that_they_were_reported(
    town: Town, question: Post, visit: Visit, api: Visit, system: OpenSession
) -> None:
    with system() as session:
        comment_id = session.scalars(select(Comment.id).where(Comment.post_id == question.id)).one()
        session.get_one(Person, town.mara.id).is_admin = True
        for membership in session.scalars(select(GroupMember).where(GroupMember.person_id == town.ben.id)):
            membership.role = "lead"
    body = {"reason": "Not kind", "comment_id": comment_id}
    assert api(town.jo).post(f"/api/v1/posts/{question.id}/report", json=body).status_code == 204
    reports = api(town.ben).get(f"/api/v1/spaces/{town.harbour.id}/reports").json()["items"]
    assert api(town.ben).post(f"/api/v1/reports/{reports[0]['id']}/settle").status_code == 204
    group_id = town.harbour.group_id
    trails = [f"/groups/{group_id}/trail", f"/groups/{group_id}/trail.csv", "/admin/trail", "/admin/trail.csv"]
    told = [visit(town.mara).get(f"{path}?kind=work").text for path in trails]
    told += [api(town.mara).get(path).text for path in (f"/api/v1/groups/{group_id}/trail", "/api/v1/trail")]
    for words in told:
        assert "reported" not in words
    others = visit(town.ben).get(f"/groups/{group_id}/trail").text
    assert "Jo Reyes reported words to the leads" in others
    assert "Ben Okafor settled what was reported" in others


def test_reports_are_for_customers_and_about_others(town: Town, question: Post, visit: Visit, api: Visit) -> None:
    path = f"/api/v1/posts/{question.id}/report"
    assert api(town.jo).post(path, json={"reason": "Mine"}).status_code == 409
    assert_wrong(api(town.priya).post(path, json={"reason": ""}), "reason")
    assert api(town.priya).post(path, json={"reason": "x", "comment_id": "nothing"}).status_code == 404
    for other in (town.mara, town.lee, town.kim):
        assert api(other).post(path, json={"reason": "x"}).status_code == 404
        assert visit(other).get(f"/posts/{question.id}/report").status_code == 404
