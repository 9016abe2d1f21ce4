"""Pages: what was heard, who said it, "I heard this", and the sources."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, cast
from urllib.parse import urlencode

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, administrators, employees, router
from portal.core.errors import Invalid, NotFound, TooLarge
from portal.core.forms import parse
from portal.core.i18n import gettext as _
from portal.core.i18n import language_name
from portal.core.rendering import when
from portal.core.slots import NavItem, fills
from portal.listening import actions, queries
from portal.listening.forms import FeedForm, HeardForm, LinkForm, SourceForm
from portal.listening.item import Preset, PresetInvalid, find_presets, find_reader
from portal.listening.lookout import LOOKOUT, Preview, preview
from portal.listening.models import Source
from portal.listening.track import Track, TrackError
from portal.listening.track import parse as read_track
from portal.listening.unusable import Unusable

pages = router(include_in_schema=False)


@fills("frame.nav", order=30)
def heard_in_nav(unit: Unit) -> NavItem | None:
    """ "Heard", for people with an inbox right."""
    if not unit.viewer.is_employee or not _hears(unit):
        return None
    here = unit.url.path.startswith(("/heard", "/contacts", "/triage", "/aside", "/routing"))
    return NavItem("heard", _("Heard"), "/heard", "ear", here)


@fills("frame.menu", order=10)
def heard_in_menu(unit: Unit) -> Markup | None:
    """ "I heard this", for every employee."""
    return Markup(unit.fragment("listening/_menu.html")) if unit.viewer.is_employee else None


def _hears(unit: Unit) -> bool:
    """Whether the viewer has an inbox right, asked once a request."""
    if not hasattr(unit.state, "hears"):
        unit.state.hears = queries.hears(unit.session, unit.viewer)
    return bool(unit.state.hears)


def _ensure_hears(unit: Unit) -> None:
    if not _hears(unit):
        raise NotFound


# What was heard.


@pages.get("/heard")
@employees
def heard(
    unit: Unit, source: str = "", language: str = "", department: str = "", q: str = "", cursor: str | None = None
) -> Response:
    _ensure_hears(unit)
    track, problem = _readable(q)
    wanted = queries.Wanted(source, language, department, track)
    told = queries.stories(unit.session, unit.viewer, wanted, cursor)
    chosen = {"source": source, "language": language, "department": department, "q": q}
    return unit.page(
        "listening/heard.html",
        told=told,
        chosen=chosen,
        problem=problem,
        older=_address("/heard", chosen, told.next),
        sources=queries.source_names(unit.session, unit.viewer),
        languages=[(code, language_name(code)) for code in queries.languages(unit.session, unit.viewer)],
        departments=[*queries.department_names(unit.session).items(), *_nowhere()],
    )


def _nowhere() -> list[tuple[str, str]]:
    return [("triage", _("Unsorted")), ("aside", _("Set aside"))]


def _readable(words: str) -> tuple[Track | None, str | None]:
    """The track somebody typed, or in words why it cannot be read."""
    if not words.strip():
        return None, None
    try:
        return read_track(words), None
    except TrackError as problem:
        return None, problem.message


def _address(path: str, chosen: Mapping[str, str], cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return f"{path}?{urlencode({name: value for name, value in chosen.items() if value} | {'cursor': cursor})}"


@pages.get("/heard/new")
@employees
def new_heard(unit: Unit, contact: str = "") -> Response:
    typed: dict[str, Any] = {}
    if contact:
        known = queries.contact_shown(unit.session, unit.viewer, contact)
        typed = {"contact_id": known.id, "name": known.name, "organisation_id": known.organisation_id or ""}
    return _heard_form(unit, typed, {})


def _heard_form(unit: Unit, typed: Mapping[str, Any], errors: Mapping[str, str], status: int = 200) -> Response:
    return unit.page(
        "listening/heard_new.html",
        status=status,
        typed=typed,
        errors=errors,
        organisations=queries.organisations(unit.session, unit.viewer),
        customers=queries.customers(unit.session, unit.viewer),
        departments=queries.department_keys(unit.session),
    )


@pages.post("/heard")
@employees
def record(unit: Unit) -> Response:
    try:
        actions.record_heard(unit.session, unit.viewer, parse(HeardForm, unit.typed))
    except Invalid as invalid:
        return _heard_form(unit, invalid.typed or dict(unit.typed), invalid.errors, 422)
    return unit.go("/heard/received")


@pages.get("/heard/received")
@employees
def received(unit: Unit) -> Response:
    return unit.page("listening/received.html", hears=_hears(unit))


@pages.get("/heard/{story_id}")
@employees
def story(unit: Unit, story_id: str) -> Response:
    told = queries.story(unit.session, unit.viewer, story_id)
    said = queries.said_in(unit.session, unit.viewer, story_id)
    return unit.page("listening/story.html", told=told, said=said, answered=_each_line_once(unit, told.answers))


def _each_line_once(unit: Unit, answers: Sequence[queries.Answer]) -> list[queries.Answer]:
    """Whom they went to stands elsewhere: several people were answered at once, or on one day."""
    lines = {(answer.department, when(answer.at, unit.viewer.timezone)): answer for answer in answers}
    return list(lines.values())


@pages.get("/mentions/{mention_id}")
@employees
def mention(unit: Unit, mention_id: str) -> Response:
    said = queries.mention(unit.session, unit.viewer, mention_id)
    return unit.go(f"/heard/{said.story_id}#mention-{said.id}")


# Who said it.


@pages.get("/contacts")
@employees
def contacts(unit: Unit, q: str = "", cursor: str | None = None) -> Response:
    _ensure_hears(unit)
    found = queries.contacts(unit.session, unit.viewer, q.strip(), cursor)
    return unit.page("listening/contacts.html", found=found, q=q, older=_address("/contacts", {"q": q}, found.next))


@pages.get("/contacts/{contact_id}")
@employees
def contact(unit: Unit, contact_id: str, q: str = "", cursor: str | None = None) -> Response:
    return _contact_page(unit, contact_id, q=q, cursor=cursor)


def _contact_page(
    unit: Unit,
    contact_id: str,
    *,
    q: str = "",
    cursor: str | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    session, viewer = unit.session, unit.viewer
    known = queries.contact_shown(session, viewer, contact_id)
    moments = queries.timeline(session, viewer, contact_id, cursor)
    candidates = queries.contacts(session, viewer, q.strip()).items if q.strip() else []
    return unit.page(
        "listening/contact.html",
        status=status,
        contact=known,
        authors=queries.authors(session, viewer, contact_id),
        moments=moments,
        history=queries.history(session, viewer, contact_id),
        older=_address(f"/contacts/{contact_id}", {}, moments.next),
        organisations=queries.organisations(session, viewer),
        customers=queries.customers(session, viewer),
        q=q,
        candidates=[each for each in candidates if each.id != contact_id],
        errors=errors or {},
    )


@pages.post("/contacts/{contact_id}/link")
@employees
def link(unit: Unit, contact_id: str) -> Response:
    contact = queries.contact(unit.session, unit.viewer, contact_id)
    form = parse(LinkForm, unit.typed)
    organisation = (
        queries.organisation(unit.session, unit.viewer, form.organisation_id) if form.organisation_id else None
    )
    person = queries.person_to_link(unit.session, unit.viewer, contact, form.person_id)
    actions.link_contact(unit.session, contact, organisation, person)
    unit.flash(_("Saved."))
    return unit.go(f"/contacts/{contact_id}")


@pages.post("/contacts/{contact_id}/join")
@employees
def join(unit: Unit, contact_id: str) -> Response:
    kept = queries.contact(unit.session, unit.viewer, contact_id)
    other = queries.contact(unit.session, unit.viewer, str(unit.typed.get("other", "")))
    try:
        actions.join_contacts(unit.session, kept, other)
    except Invalid as invalid:
        return _contact_page(unit, contact_id, errors=invalid.errors, status=422)
    unit.flash(_("They are one contact now. Each handle can be split off again."))
    return unit.go(f"/contacts/{contact_id}")


@pages.post("/authors/{author_id}/split")
@employees
def split(unit: Unit, author_id: str) -> Response:
    author = queries.author(unit.session, unit.viewer, author_id)
    contact = actions.split_off(unit.session, unit.viewer, author)
    unit.flash(_("This handle has a contact of its own now."))
    return unit.go(f"/contacts/{contact.id}")


# Sources.


@pages.get("/admin/sources")
@administrators
def sources(unit: Unit) -> Response:
    return unit.page("listening/sources.html", sources=queries.sources(unit.session, unit.viewer))


@pages.get("/admin/sources/new")
@administrators
def new_source(unit: Unit, kind: str = "feed", look: str = "") -> Response:
    """The form, and with ``look`` what the source holds now. A GET, so that no transaction waits for a slow site.

    While words are typed they are tried on what it held a moment ago; its name and interval do not matter then.
    """
    typed = dict(unit.query_params)
    if not look:
        return _source_form(unit, kind, typed, {})
    needed = {name: value for name, value in typed.items() if name not in ("name", "interval")}
    try:
        form = _feed_form(kind, needed if unit.is_fragment else typed)
    except Invalid as invalid:
        return _source_form(unit, kind, typed, invalid.errors)
    found = _look(unit, form, again=unit.is_fragment)
    return _source_form(unit, kind, typed, _where_it_shows(kind, found.errors), found)


def _look(unit: Unit, form: FeedForm, *, again: bool = False) -> Preview:
    return preview("feed", {"url": form.url}, form.track, unit.settings.allow_addresses, again=again)


def _source_form(
    unit: Unit,
    kind: str,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
    found: Preview | None = None,
    status: int = 200,
) -> Response:
    return unit.page(
        "listening/source_new.html",
        "preview" if unit.is_fragment else None,
        status=status,
        is_live=unit.is_fragment,
        kind=kind,
        preset=_preset(kind),
        presets=find_presets(),
        typed=typed,
        errors=errors,
        found=found,
    )


def _preset(kind: str) -> Preset | None:
    return next((preset for preset in find_presets() if preset.name == kind), None)


def _feed_form(kind: str, typed: Mapping[str, Any]) -> FeedForm:
    """What was typed about a new feed, its address written by the preset where there is one. Raises ``Invalid``."""
    preset = _preset(kind)
    if preset is None:
        return parse(FeedForm, typed)
    wrong: dict[str, str] = {}
    settings = {"url": ""}
    try:
        settings = preset.write({field.name: str(typed.get(field.name, "")) for field in preset.fields})
    except PresetInvalid as problem:
        wrong = problem.errors
    try:
        return parse(FeedForm, {**typed, **settings})
    except Invalid as invalid:
        also = {name: words for name, words in invalid.errors.items() if not wrong or name != "url"}
        raise Invalid({**wrong, **also}, dict(typed)) from None


@pages.post("/admin/sources")
@administrators
def add_source(unit: Unit) -> Response:
    typed = dict(unit.typed)
    kind = str(typed.get("kind", "feed"))
    try:
        form = _feed_form(kind, typed)
        actions.require_new_address(unit.session, form.url)
        unit.session.rollback()  # Nobody else waits to write while a slow site answers.
        found = _look(unit, form)
        if found.errors:
            return _source_form(unit, kind, typed, _where_it_shows(kind, found.errors), found, status=422)
        source = actions.add_feed(unit.session, unit.viewer, form, found.title, found.problem)
    except Invalid as invalid:
        return _source_form(unit, kind, typed, _where_it_shows(kind, invalid.errors), status=422)
    if found.problem:
        unit.flash(actions.added_in_words(source))
        return unit.go(f"/admin/sources/{source.id}")
    unit.afterwards_write(lambda unit: LOOKOUT.wake())
    unit.flash(actions.added_in_words(source))
    return unit.go("/admin/sources")


def _where_it_shows(kind: str, errors: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with an address that a preset wrote stands above the form: there is no field for it."""
    return {"" if name == "url" and _preset(kind) else name: words for name, words in errors.items()}


@pages.get("/admin/sources/import")
@administrators
def import_form(unit: Unit) -> Response:
    return _import_page(unit, {}, {})


def _import_page(unit: Unit, typed: Mapping[str, Any], errors: Mapping[str, str], status: int = 200) -> Response:
    return unit.page(
        "listening/source_import.html", status=status, typed=typed, errors=errors, result=None, unusable=Unusable()
    )


@pages.post("/admin/sources/import")
@administrators
def import_file(unit: Unit) -> Response:
    unusable = Unusable()
    try:
        name, file = _upload(unit)
        result = actions.import_items(unit.session, unit.viewer, name, find_reader("file")(file), unusable)
    except Invalid as invalid:
        return _import_page(unit, dict(unit.typed), invalid.errors, 422)
    return unit.page(
        "listening/source_import.html",
        typed={},
        errors={},
        result=result,
        went=actions.went_in_words(unit.session, result) if queries.may_count(unit.session, unit.viewer) else None,
        hears=_hears(unit),
        kept=actions.kept_in_words(result),
        unusable=unusable,
    )


def _upload(unit: Unit) -> tuple[str, BinaryIO]:
    upload = unit.typed.get("file")
    name = str(unit.typed.get("name") or "").strip()
    errors = {}
    if not name or len(name) > 120:
        errors["name"] = _("Name the source in at most 120 characters.")
    if upload is None or isinstance(upload, str) or not upload.filename:
        errors["file"] = _("Choose a file of JSON Lines.")
    if errors:
        raise Invalid(errors)
    file = cast(Any, upload)
    if (file.size or 0) > unit.settings.upload_limit:
        megabytes = unit.settings.upload_limit // 1024 // 1024
        raise TooLarge(_("This file is larger than %(number)d MB.") % {"number": megabytes})
    return name, cast(BinaryIO, file.file)


@pages.get("/admin/sources/{source_id}")
@administrators
def source(unit: Unit, source_id: str) -> Response:
    found = queries.source(unit.session, unit.viewer, source_id)
    return _source_page(unit, found, {**_typed_of(found), **unit.query_params}, {})


def _typed_of(source: Source) -> dict[str, Any]:
    return {
        "name": source.name,
        "url": source.address,
        "track": source.track,
        "interval": source.interval // 60,
    }


def _source_page(
    unit: Unit, source: Source, typed: Mapping[str, Any], errors: Mapping[str, str], status: int = 200
) -> Response:
    track, problem = _readable(str(typed.get("track", "")))
    return unit.page(
        "listening/source.html",
        "preview" if unit.is_fragment else None,
        status=status,
        is_live=unit.is_fragment,
        source=source,
        typed=typed,
        errors={**errors, **({"track": problem} if problem else {})},
        hears=_hears(unit),
        trial=queries.try_track(unit.session, unit.viewer, track, source.id),
    )


@pages.post("/admin/sources/{source_id}")
@administrators
def change_source(unit: Unit, source_id: str) -> Response:
    found = queries.source(unit.session, unit.viewer, source_id)
    try:
        actions.change_source(unit.session, found, parse(FeedForm if found.kind == "feed" else SourceForm, unit.typed))
    except Invalid as invalid:
        return _source_page(unit, found, {**_typed_of(found), **dict(unit.typed)}, invalid.errors, 422)
    unit.afterwards_write(lambda unit: LOOKOUT.wake())
    unit.flash(_("Saved."))
    return unit.go(f"/admin/sources/{source_id}")


@pages.post("/admin/sources/{source_id}/look")
@administrators
def look(unit: Unit, source_id: str) -> Response:
    actions.look_now(queries.source(unit.session, unit.viewer, source_id))
    unit.afterwards_write(lambda unit: LOOKOUT.wake())
    unit.flash(_("Earshot looks now. What it hears shows here in a moment."))
    return unit.go(f"/admin/sources/{source_id}")


@pages.post("/admin/sources/{source_id}/pause")
@administrators
def pause(unit: Unit, source_id: str) -> Response:
    actions.pause_source(queries.source(unit.session, unit.viewer, source_id))
    return unit.go(f"/admin/sources/{source_id}")


@pages.post("/admin/sources/{source_id}/resume")
@administrators
def resume(unit: Unit, source_id: str) -> Response:
    actions.resume_source(queries.source(unit.session, unit.viewer, source_id))
    unit.afterwards_write(lambda unit: LOOKOUT.wake())
    return unit.go(f"/admin/sources/{source_id}")


@pages.post("/admin/sources/{source_id}/remove")
@administrators
def remove(unit: Unit, source_id: str) -> Response:
    actions.remove_source(queries.source(unit.session, unit.viewer, source_id))
    unit.flash(_("Removed. What it brought stays."))
    return unit.go("/admin/sources")
