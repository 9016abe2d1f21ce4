"""Quoting words in another thread, or in a new one."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Response

from portal.access.unit import Unit, router
from portal.core.errors import Invalid, NotFound
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.groups import queries as groups
from portal.posts import address, prose, queries, travel
from portal.posts.carrying import quote_of
from portal.posts.forms import QuoteForm
from portal.posts.reading import reading_of
from portal.posts.web.frame import in_frame, who_will_read
from portal.posts.web.links import ask_about_closed_links
from portal.posts.web.once_more import once_more

pages = router(include_in_schema=False)

THREADS_OFFERED = 30


@pages.get("/posts/{post_id}/quote")
def quote_page(unit: Unit, post_id: str, comment: str = "", space: str = "") -> Response:
    """First where to, then the words; with one space alone there is nothing to choose."""
    words = queries.words_of(unit.session, unit.viewer, post_id, comment)
    places = travel.places_to_write(unit.session, unit.viewer)
    if len(places) == 1:
        space = places[0].id
    if not space:
        return _frame(unit, words, "posts/quote_where.html", places=places)
    draft = queries.draft(unit.session, unit.viewer, f"quote:{comment or post_id}")
    into = post_id if space == words.space_id else ""
    body = draft.body if draft else _quoted(unit, words, space)
    return _form(unit, words, {"space_id": space, "into_post_id": into, "body": body})


def _frame(unit: Unit, words: queries.SaidWords, template: str, status: int = 200, **context: Any) -> Response:
    post = queries.thread(unit.session, unit.viewer, words.post_id)
    html = reading_of(unit.session, unit.viewer).html(words.space_id, words.html)
    return in_frame(
        unit,
        post,
        template,
        status,
        words=words,
        html=html,
        back=address.of_words(words.post_id, words.comment_id),
        **context,
    )


def _quoted(unit: Unit, words: queries.SaidWords, space_id: str) -> str:
    """The quote, with the name of whoever said it where the readers there know them anyway."""
    readers = groups.readers(unit.session, unit.viewer, space_id)
    only_colleagues = all(row.kind == "employee" for row in readers)
    is_known = words.author_id in {row.id for row in readers} or (only_colleagues and words.author_kind == "employee")
    body = reading_of(unit.session, unit.viewer).text(words.space_id, words.body)
    return quote_of(body, unit.settings.base_url, words.author_name if is_known else "")


def _form(
    unit: Unit, words: queries.SaidWords, typed: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response:
    space_id = str(typed.get("space_id") or "")
    place = groups.space_frame(unit.session, unit.viewer, space_id)
    if place.kind not in ("team", "customers"):
        raise NotFound
    threads = queries.threads(unit.session, unit.viewer, space_id, None, None, THREADS_OFFERED)
    reading = reading_of(unit.session, unit.viewer)
    offered = [
        (row.id, prose.headline(row.title, reading.text(space_id, row.start)))
        for row in threads
        if row.deleted_at is None
    ]
    return _frame(
        unit,
        words,
        "posts/quote.html",
        422 if errors else 200,
        place=place,
        outside=who_will_read(unit.viewer, groups.band(unit.session, unit.viewer, place)),
        threads=[("", _("A new thread")), *offered],
        typed=Given(typed),
        token=typed.get("token") or new_id(),
        errors=Given(errors or {}),
    )


@pages.post("/posts/{post_id}/quote")
def quote(unit: Unit, post_id: str, comment: str = "") -> Response:
    words = queries.words_of(unit.session, unit.viewer, post_id, comment)
    if "change" in unit.typed:
        return _form(unit, words, unit.typed)
    try:
        form = parse(QuoteForm, unit.typed)
        if not form.seen:
            ask_about_closed_links(unit, form.space_id, form.body)
        into = travel.quote(unit.session, unit.viewer, post_id, comment, form)
    except Invalid as invalid:
        return _form(unit, words, invalid.typed or unit.typed, invalid.errors)
    except travel.NotSeen as asked:
        action = f"/posts/{post_id}/quote?{urlencode({'comment': comment})}"
        return once_more(unit, words.post_id, asked.look, unit.typed, action=action, verb=_("Quote it there"))
    unit.flash(_("Quoted."))
    return unit.go(address.of_words(*into))
