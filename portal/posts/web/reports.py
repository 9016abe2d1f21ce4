"""Reporting words to the lead, and the lead's list of what was reported."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, employees, router
from portal.core.errors import Invalid, NotFound
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.core.paging import PAGE_SIZE, page_of
from portal.core.slots import fills
from portal.groups import queries as groups
from portal.posts import actions, address, policy, prose, queries, report_queries
from portal.posts.forms import ReportForm
from portal.posts.reading import reading_of
from portal.posts.web.frame import in_frame

pages = router(include_in_schema=False)


@fills("space.menu", order=60)
def way_to_reports(unit: Unit, space: Any) -> Markup | None:
    if not space.is_for_customers or space.role != "lead":
        return None
    return Markup(unit.fragment("posts/_reports.html", space=space))


@pages.get("/posts/{post_id}/report")
def report_page(unit: Unit, post_id: str, comment: str = "") -> Response:
    return _form(unit, _reportable(unit, post_id, comment), {})


def _reportable(unit: Unit, post_id: str, comment_id: str) -> queries.SaidWords:
    words = queries.words_of(unit.session, unit.viewer, post_id, comment_id)
    if not policy.may_report(unit.viewer, words):
        raise NotFound
    return words


def _form(
    unit: Unit, words: queries.SaidWords, typed: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response:
    return in_frame(
        unit,
        queries.thread(unit.session, unit.viewer, words.post_id),
        "posts/report.html",
        422 if errors else 200,
        words=words,
        read_by=report_queries.who_would_read(unit.session, words.space_id, words.author_id),
        html=reading_of(unit.session, unit.viewer).html(words.space_id, words.html),
        back=address.of_words(words.post_id, words.comment_id),
        typed=Given(typed),
        errors=Given(errors or {}),
    )


@pages.post("/posts/{post_id}/report")
def report(unit: Unit, post_id: str, comment: str = "") -> Response:
    words = _reportable(unit, post_id, comment)
    try:
        form = parse(ReportForm, {**unit.typed, "comment_id": comment})
    except Invalid as invalid:
        return _form(unit, words, unit.typed, invalid.errors)
    actions.report_words(unit.session, unit.viewer, post_id, form)
    unit.flash(_told(report_queries.who_would_read(unit.session, words.space_id, words.author_id)))
    return unit.go(address.of_words(post_id, comment))


def _told(read_by: str) -> str:
    match read_by:
        case "leads":
            return _("The lead is told. Whoever wrote it is not, and no other customer either.")
        case "staff":
            return _("Those who look after this space are told. Whoever wrote it is not, and no other customer either.")
    return _("It is kept for whoever looks after this space next. Who wrote it is not told, nor is any other customer.")


@pages.get("/spaces/{space_id}/reports")
@employees
def reports(unit: Unit, space_id: str, cursor: str | None = None) -> Response:
    space = groups.customer_frame(unit.session, unit.viewer, space_id)
    listed = page_of(report_queries.reports(unit.session, unit.viewer, space_id, cursor, PAGE_SIZE), PAGE_SIZE)
    return unit.page(
        "posts/reports.html",
        space=space,
        here="people",
        band=groups.band(unit.session, unit.viewer, space),
        reports=listed.items,
        older=f"/spaces/{space_id}/reports?{urlencode({'cursor': listed.next})}" if listed.next else None,
        headline=prose.headline,
        first_words=prose.first_words,
        address_of=address.of_words,
    )


@pages.post("/reports/{report_id}/settle")
@employees
def settle(unit: Unit, report_id: str) -> Response:
    side_id = actions.settle_report(unit.session, unit.viewer, report_id)
    unit.flash(_("Taken off the list."))
    return unit.go(f"/spaces/{queries.beside(unit.session, unit.viewer, side_id)}/reports")
