"""Looking after sources, recording what a colleague heard, and telling which handles are one human."""

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.access.membership import company_spaces
from portal.access.models import Organisation, Person
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.core.clock import now
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import Sentence, ngettext, to_translate
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.outbox import emit
from portal.core.text import seen
from portal.listening import queries
from portal.listening.events import ContactChanged, SourceFailing
from portal.listening.forms import FeedForm, HeardForm, SourceForm
from portal.listening.intake import IntakeResult, Recorded, take_in
from portal.listening.item import Batch, Item, Unread
from portal.listening.models import Author, Contact, Source
from portal.listening.unusable import Unusable

FAILING_AFTER = 3
"""Failures in a row before a source counts as failing: a site may be down for a moment."""

GONE = to_translate("The site says that this feed is gone for good.")
LONGEST_PAUSE = timedelta(days=1)
LEASE = timedelta(minutes=10)
"""How long one look may take before somebody else looks."""


# Sources.


def add_feed(
    session: Session, viewer: Viewer, form: FeedForm, title: str | None = None, problem: Sentence | None = None
) -> Source:
    """Listen to a feed from now on. ``title`` is what the feed calls itself, for where no name was typed.

    ``problem`` says why it cannot be heard right now. Raises ``Invalid`` where another source listens there.
    """
    require_new_address(session, form.url)
    name = form.name or seen(title or "") or form.url
    source = _add(session, viewer, "feed", name, {"url": form.url}, form.track, form.interval * 60, next_at=now())
    if problem is not None:
        note_failure(session, source, problem)
    return source


def added_in_words(source: Source) -> str:
    """What to say of a source that was just added."""
    if source.error is not None:
        sentence = _("“%(name)s” was added. It cannot be heard right now; Earshot tries again by itself.")
    else:
        sentence = _("Earshot listens to “%(name)s” from now on.")
    return sentence % {"name": source.name}


def require_new_address(session: Session, url: str, but: Source | None = None) -> None:
    """Raises ``Invalid`` where a source listens to this address, other than ``but``."""
    for known in queries.feeds(session):
        if known is not but and _place(str(known.settings.get("url", ""))) == _place(url):
            raise Invalid({"url": _("Earshot already listens there: %(name)s.") % {"name": known.name}})


def _place(url: str) -> tuple[str, str, str, str]:
    """What an address leads to, however its server is capitalised and whatever part of the page it names."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower(), parts.path or "/", parts.query


def add_file(session: Session, viewer: Viewer, name: str) -> Source:
    """The source that stands for files of this name; the one from before where there was one."""
    known = queries.source_named(session, "file", name)
    if known is not None:
        known.removed_at = None
        return known
    return _add(session, viewer, "file", name)


@reaching_beyond_the_wall
def colleagues_source(session: Session, viewer: Viewer) -> Source:
    """The source of everything that colleagues heard."""
    name = _("A colleague heard it")
    return queries.source_named(session, "heard", name) or _add(session, viewer, "heard", name)


def _add(
    session: Session,
    viewer: Viewer,
    kind: str,
    name: str,
    settings: Mapping[str, str] | None = None,
    track: str = "",
    interval: int = 900,
    next_at: datetime | None = None,
) -> Source:
    source = Source(
        space_id=company_spaces(session)["listening"].id,
        name=name[:120],
        kind=kind,
        settings=dict(settings or {}),
        track=track,
        interval=interval,
        health="new" if kind == "feed" else "good",
        next_at=next_at,
        created_by=viewer.person_id,
    )
    session.add(source)
    session.flush()
    return source


def change_source(session: Session, source: Source, form: SourceForm) -> None:
    """Take over what was typed. A new address is looked at soon, as a source of its own would be.

    Raises ``Invalid`` where another source listens there.
    """
    moved_to = form.url if isinstance(form, FeedForm) and form.url != source.settings.get("url") else None
    if moved_to:
        require_new_address(session, moved_to, but=source)
    source.name = form.name or source.name
    source.track = form.track
    source.interval = form.interval * 60
    if moved_to:
        source.settings = {"url": moved_to}
        source.cursor = {}
        source.health, source.error, source.failures = "new", None, 0
        source.next_at = now()


def pause_source(source: Source) -> None:
    """Stop looking until somebody resumes."""
    source.health = "paused"
    source.next_at = None


def resume_source(source: Source) -> None:
    """Look again, now; also where a site had said that its feed was gone."""
    source.health = "failing" if source.failures >= FAILING_AFTER else "good" if source.cursor else "new"
    source.next_at = now()


def look_now(source: Source) -> None:
    """Bring the next look forward. Raises ``Conflict`` for a source that is paused or is no feed."""
    if source.kind != "feed" or source.health == "paused":
        raise Conflict(_("Only a feed that is not paused can be looked at."))
    source.next_at = now()


def remove_source(source: Source) -> None:
    """Stop listening for good. What it brought stays."""
    source.removed_at = now()
    source.next_at = None


def lease_due_sources(session: Session, limit: int = 20) -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """The feeds that are due, as (id, kind, settings, cursor); nobody else looks at them for a while."""
    due = queries.due_sources(session, limit)
    for source in due:
        source.next_at = now() + LEASE
    return [(source.id, source.kind, dict(source.settings), dict(source.cursor)) for source in due]


def note_batch(session: Session, source: Source, batch: Batch) -> IntakeResult:
    """Keep what a look brought, and say when to look again."""
    moment = now()
    source.fetched_at = moment
    source.cursor = dict(batch.cursor)
    if batch.moved_to:
        source.settings = {**source.settings, "url": batch.moved_to}
    result = take_in(session, source, batch.items)
    if batch.gone:
        _note_gone(session, source)
        return result
    pause = max(timedelta(seconds=source.interval), batch.interval or timedelta(0), batch.retry_after or timedelta(0))
    source.next_at = moment + min(pause, LONGEST_PAUSE)
    source.error = batch.problem
    if batch.problem is None:
        source.failures = 0
        source.health = "good"
    return result


def _note_gone(session: Session, source: Source) -> None:
    source.health = "gone"
    source.error = Sentence(GONE)
    source.next_at = None
    emit(session, SourceFailing(source.space_id, source.id))


def note_failure(session: Session, source: Source, problem: Sentence) -> None:
    """A look failed: wait longer each time, and say so once it has failed often enough."""
    source.fetched_at = now()
    source.failures += 1
    source.error = problem
    source.next_at = now() + _pause_after(source.failures, source.interval)
    if source.failures == FAILING_AFTER:
        emit(session, SourceFailing(source.space_id, source.id))
    if source.failures >= FAILING_AFTER:
        source.health = "failing"


def _pause_after(failures: int, interval: int) -> timedelta:
    """Twice as long after each failure, a little more or less, so that sources that failed together part again."""
    pause = timedelta(seconds=interval * 2 ** min(failures, 10))
    return min(pause, LONGEST_PAUSE) * random.uniform(0.8, 1.2)


def import_items(
    session: Session,
    viewer: Viewer,
    name: str,
    read: Iterable[Item | Unread],
    unusable: Unusable,
) -> IntakeResult:
    """Take in what a file holds, as the source of this name. Lines that cannot be used are noted in ``unusable``.

    Raises ``Invalid`` for a file without a usable line, before there is a source.
    """
    items = _usable(read, unusable)
    first = next(items, None)
    if first is None:
        raise Invalid({"file": unusable.why_none_is_usable})
    source = add_file(session, viewer, name)
    result = take_in(session, source, chain([first], items))
    source.fetched_at = now()
    return result


def _usable(read: Iterable[Item | Unread], unusable: Unusable) -> Iterator[Item]:
    for each in read:
        if isinstance(each, Item):
            yield each
        else:
            unusable.note(each.message)


def went_in_words(session: Session, result: IntakeResult) -> dict[str, int]:
    """How many went where, by the department's name, most first; then what is unsorted and what was set aside."""
    names = queries.department_names(session)
    counts = {names[key]: number for key, number in result.went.most_common() if key in names}
    return counts | {_("unsorted"): result.went["triage"], _("set aside"): result.went["aside"]}


def kept_in_words(result: IntakeResult) -> list[str]:
    """What could not be read in lines whose text was kept: "3 lines had an unreadable time; their text was kept"."""
    lines = result.unreadable
    sentences = {
        "said_at": ngettext(
            "%(number)d line had an unreadable time; its text was kept.",
            "%(number)d lines had an unreadable time; their text was kept.",
            lines["said_at"],
        ),
        "author": ngettext(
            "%(number)d line had an unreadable author; its text was kept.",
            "%(number)d lines had an unreadable author; their text was kept.",
            lines["author"],
        ),
        "url": ngettext(
            "%(number)d line had an address that is no web page; its text was kept.",
            "%(number)d lines had an address that is no web page; their text was kept.",
            lines["url"],
        ),
        "lang": ngettext(
            "%(number)d line had an unreadable language; its text was kept.",
            "%(number)d lines had an unreadable language; their text was kept.",
            lines["lang"],
        ),
        "id": ngettext(
            "%(number)d line had an unreadable id; its text was kept.",
            "%(number)d lines had an unreadable id; their text was kept.",
            lines["id"],
        ),
    }
    return [sentence % {"number": lines[name]} for name, sentence in sentences.items() if lines[name]]


# What a colleague heard.


def record_heard(session: Session, viewer: Viewer, form: HeardForm) -> IntakeResult:
    """Take in what a colleague heard: it goes where it belongs, and the colleague gets no access by it.

    Raises ``NotFound`` for a contact, organisation or customer that the viewer may not know, ``Invalid`` where it is
    private and there is no department yet.
    """
    source = colleagues_source(session, viewer)
    organisation_id = queries.organisation(session, viewer, form.organisation_id).id if form.organisation_id else None
    person = queries.customer(session, viewer, form.person_id) if form.person_id else None
    by_handle = form.kind == "link" and form.name and not form.contact_id and person is None
    recorded = Recorded(
        by=viewer.id,
        heard_by=form.kind,
        private=form.is_private,
        wish=form.department,
        contact_id=None if by_handle else _who_said_it(session, viewer, form, organisation_id, person),
        organisation_id=organisation_id,
    )
    item = Item(
        id=new_id(),
        text=form.text,
        author=form.name or None,
        url=form.url or None,
        said_at=_moment(form.said_at, viewer.timezone),
    )
    return take_in(session, source, [item], recorded)


def _who_said_it(
    session: Session, viewer: Viewer, form: HeardForm, organisation_id: str | None, person: Person | None
) -> str:
    if form.contact_id:
        return queries.contact(session, viewer, form.contact_id).id
    if person is not None:
        known = queries.contact_of_person(session, person.id)
        return known or _new_contact(session, person.name, organisation_id or person.organisation_id, person.id)
    known = queries.contact_named(session, viewer, form.name, organisation_id) if form.name else None
    return known or _new_contact(session, form.name or _("Somebody"), organisation_id, None)


def _new_contact(session: Session, name: str, organisation_id: str | None, person_id: str | None) -> str:
    contact = Contact(name=name[:200], organisation_id=organisation_id, person_id=person_id)
    session.add(contact)
    session.flush()
    return contact.id


def _moment(typed: str, timezone: str) -> datetime | None:
    if not typed:
        return None
    moment = datetime.fromisoformat(typed)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))


# Contacts.


def link_contact(session: Session, contact: Contact, organisation: Organisation | None, person: Person | None) -> None:
    """Say at which organisation a contact works, and which customer they are; None takes a link away.

    A customer's organisation and name come with them. Where another contact already stood for this customer, the two
    are joined: that one may have been made behind a wall, and nobody is told of it.
    """
    other_id = queries.contact_of_person(session, person.id) if person else None
    if other_id is not None and other_id != contact.id:
        _bring_handles(session, contact, queries.contact_by_id(session, other_id))
    contact.person_id = person.id if person else None
    contact.organisation_id = organisation.id if organisation else person.organisation_id if person else None
    if person is not None:
        contact.name = person.name
    emit(session, ContactChanged(contact.id))


def join_contacts(session: Session, kept: Contact, other: Contact) -> None:
    """Two contacts turn out to be one human: the handles of the other come to the one that is kept.

    Raises ``Invalid`` where both are customers, because a customer is one person.
    """
    if kept.id == other.id:
        return
    if kept.person_id and other.person_id:
        raise Invalid({"other": _("Both are customers of their own, so they are two people.")})
    person_id, organisation_id = other.person_id, other.organisation_id
    _bring_handles(session, kept, other)
    kept.person_id = kept.person_id or person_id
    kept.organisation_id = kept.organisation_id or organisation_id
    emit(session, ContactChanged(kept.id))


def _bring_handles(session: Session, kept: Contact, other: Contact) -> None:
    for author in queries.all_authors_of(session, other.id):
        author.contact_id = kept.id
    session.flush()
    session.delete(other)
    session.flush()


def split_off(session: Session, viewer: Viewer, author: Author) -> Contact:
    """This handle is somebody else: they get a contact of their own. Raises ``Conflict`` for an only handle.

    Handles behind a wall do not count, or the answer would tell that there are some.
    """
    if len(queries.authors(session, viewer, author.contact_id)) < 2:
        raise Conflict(_("This is the only handle of this contact, so there is nobody to tell apart."))
    left_id = author.contact_id
    author.contact_id = _new_contact(session, author.handle, None, None)
    session.flush()
    emit(session, ContactChanged(left_id))
    emit(session, ContactChanged(author.contact_id))
    return queries.contact_by_id(session, author.contact_id)
