"""From what a source gave to what is kept: known items are passed over, reposts fold, and the rest finds its place.

Where a new story goes is decided before it is stored, in the same transaction, by whoever registered with
``decided_by``: what is for a restricted department, or private, is never seen anywhere else, not even for a moment.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from portal.access.sessions import reaching_beyond_the_wall
from portal.core.clock import now
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.outbox import emit_all
from portal.listening import queries
from portal.listening.events import MentionHeard
from portal.listening.fingerprint import fingerprint
from portal.listening.item import Item
from portal.listening.language import detect
from portal.listening.models import Author, Contact, Mention, Source, Story
from portal.listening.track import parse

MAX_TEXT = 20_000
"""Characters of a mention that are kept. A longer text is no remark but an article, and its link leads to it."""


@dataclass
class Arrival:
    """A new story about to be kept. Whoever decides fills in ``space_id``, ``led_to`` and ``department_id``.

    ``text`` holds title and text. ``wish`` is the key of the department that a colleague chose for it, or "".
    """

    story_id: str
    text: str
    language: str | None
    author: str
    source: str
    private: bool
    wish: str = ""
    space_id: str = ""
    led_to: str = ""
    department_id: str | None = None


Decide = Callable[[Session, Sequence[Arrival]], Callable[[], None]]
"""Fills in where each arrival goes; what it returns is called once the stories are stored."""

_decides: list[Decide] = []


def decided_by(decide: Decide) -> Decide:
    """Register what decides where new stories go."""
    _decides[:] = [decide]
    return decide


@dataclass(frozen=True)
class Recorded:
    """What is told of a mention that a colleague heard, beside its text. ``wish`` is a department's key, or "".

    ``heard_by`` says how it came: ``call``, ``visit``, ``mail`` or ``link``.
    With ``contact_id`` it is known who said it; otherwise the item's author is looked up like any other, and
    ``organisation_id`` and ``person_id`` are for the contact that is made where the author is new.
    """

    by: str
    heard_by: str
    private: bool
    wish: str = ""
    contact_id: str | None = None
    organisation_id: str | None = None
    person_id: str | None = None


@dataclass
class IntakeResult:
    """What became of the items of one batch.

    ``read`` is the sum of ``known`` (heard before), ``kept_out_by_track`` and ``stored``, of which ``folded`` joined a
    story that was already there. ``went`` counts the stored by where they went: a department's id, ``triage`` or
    ``aside``. ``unreadable`` counts the fields that could not be read in what was, by their names; a text was taken all
    the same. ``mention_ids`` are the stored, ``story_ids`` the stories they are in, in the order of the items.
    """

    read: int = 0
    stored: int = 0
    known: int = 0
    folded: int = 0
    kept_out_by_track: int = 0
    went: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    mention_ids: list[str] = field(default_factory=list)
    story_ids: list[str] = field(default_factory=list)


@dataclass
class _Heard:
    """An item on its way to becoming a mention."""

    item: Item
    language: str | None
    fingerprint: str | None
    place: str
    handle: str
    mention_id: str = field(default_factory=new_id)
    story_id: str = ""
    author_id: str = ""
    folded: bool = False


@reaching_beyond_the_wall
def take_in(session: Session, source: Source, items: Iterable[Item], recorded: Recorded | None = None) -> IntakeResult:
    """Keep what is new among these items, decide where it goes, and emit what happened. Does not commit.

    Quick for thousands at once: it asks and writes in bulk. ``recorded`` is for what a colleague heard.
    """
    result = IntakeResult()
    fresh = [_heard(source, item, recorded) for item in _unheard(session, source, items, result)]
    fresh = _tracked(source, fresh, result)
    if not fresh:
        return result
    stories, arrivals = _fold(session, source, fresh, recorded)
    afterwards = _decides[0](session, arrivals)
    _find_authors(session, fresh, recorded)
    _store_stories(session, arrivals, fresh)
    spaces = _led(stories, arrivals, fresh, result)
    _store_mentions(session, source, fresh, spaces, recorded)
    _count_people(session, stories, fresh)
    session.flush()
    source.heard_at = now()
    emit_all(
        session, [MentionHeard(spaces[each.story_id], each.mention_id, each.story_id, each.folded) for each in fresh]
    )
    afterwards()
    return result


def _unheard(session: Session, source: Source, items: Iterable[Item], result: IntakeResult) -> list[Item]:
    first: dict[str, Item] = {}
    for item in items:
        result.read += 1
        result.unreadable.update(item.unreadable)
        first.setdefault(item.id[:500], item)
    known = queries.known_external_ids(session, source.id, first)
    unheard = [item for key, item in first.items() if key not in known and item.text.strip()]
    result.known = result.read - len(unheard)
    return unheard


def _heard(source: Source, item: Item, recorded: Recorded | None) -> _Heard:
    said = _whole(item)
    private = recorded is not None and recorded.private
    place, handle = _author_key(source, item)
    if recorded is not None and recorded.contact_id:
        place, handle = source.name, f"heard-{recorded.contact_id}"
    language = item.lang or detect(said)
    return _Heard(item, language[:10] if language else None, None if private else fingerprint(said), place, handle)


def _whole(item: Item) -> str:
    return (f"{item.title}\n{item.text}" if item.title else item.text)[:MAX_TEXT]


def _author_key(source: Source, item: Item) -> tuple[str, str]:
    """Where the author is known, and by which handle; an empty handle for somebody who gave no name.

    A profile's address tells two people of one name apart, so its path is the handle where there is one.
    """
    if not item.author:
        return source.name[:200], ""
    profile = urlsplit(item.author_url) if item.author_url else None
    if profile and profile.hostname and profile.path.strip("/"):
        return profile.hostname[:200], profile.path.strip("/")[:200]
    address = item.author_url or item.url
    host = urlsplit(address).hostname if address else None
    return (host or source.name)[:200], item.author[:200]


def _tracked(source: Source, heard: list[_Heard], result: IntakeResult) -> list[_Heard]:
    if not source.track.strip():
        return heard
    track = parse(source.track)
    kept = [each for each in heard if track.matches(_whole(each.item), each.language, each.item.author, source.name)]
    result.kept_out_by_track = len(heard) - len(kept)
    return kept


def _fold(
    session: Session, source: Source, heard: list[_Heard], recorded: Recorded | None
) -> tuple[dict[str, Story], list[Arrival]]:
    """Give each its story: one that says the same already, or a new one. Returns the former, and the new."""
    saying = queries.stories_saying(session, {each.fingerprint for each in heard if each.fingerprint})
    stories = {story.id: story for story in saying.values()}
    story_by_fingerprint = {key: story.id for key, story in saying.items()}
    arrivals: list[Arrival] = []
    for each in heard:
        there = story_by_fingerprint.get(each.fingerprint) if each.fingerprint else None
        each.folded = there is not None
        each.story_id = there or new_id()
        if there is None:
            arrivals.append(_arrival(source, each, recorded))
            if each.fingerprint:
                story_by_fingerprint[each.fingerprint] = each.story_id
    return stories, arrivals


def _arrival(source: Source, heard: _Heard, recorded: Recorded | None) -> Arrival:
    return Arrival(
        story_id=heard.story_id,
        text=_whole(heard.item),
        language=heard.language,
        author=heard.item.author or "",
        source=source.name,
        private=recorded is not None and recorded.private,
        wish=recorded.wish if recorded else "",
    )


def _find_authors(session: Session, heard: list[_Heard], recorded: Recorded | None) -> None:
    """Give each its author, and each new author a contact. Who gave no name is one somebody in each story."""
    for each in heard:
        each.handle = each.handle or f"somebody-{each.story_id}"
    known = queries.known_authors(session, {each.handle for each in heard})
    new: dict[tuple[str, str], _Heard] = {}
    for each in heard:
        key = (each.place, each.handle)
        if key not in known:
            known[key] = new_id()
            new[key] = each
        each.author_id = known[key]
    if new:
        _store_authors(session, new, known, recorded)


def _store_authors(
    session: Session,
    new: dict[tuple[str, str], _Heard],
    ids: dict[tuple[str, str], str],
    recorded: Recorded | None,
) -> None:
    contact_ids = {key: (recorded.contact_id if recorded else None) or new_id() for key in new}
    if recorded is None or recorded.contact_id is None:
        queries.store(session, Contact, [_contact(contact_ids[key], each, recorded) for key, each in new.items()])
    queries.store(
        session,
        Author,
        [
            {
                "id": ids[key],
                "place": key[0],
                "handle": key[1],
                "url": each.item.author_url,
                "contact_id": contact_ids[key],
            }
            for key, each in new.items()
        ],
    )


def _contact(contact_id: str, heard: _Heard, recorded: Recorded | None) -> dict[str, Any]:
    return {
        "id": contact_id,
        "name": (heard.item.author or _("Somebody"))[:200],
        "organisation_id": recorded.organisation_id if recorded else None,
        "person_id": recorded.person_id if recorded else None,
    }


def _store_stories(session: Session, arrivals: list[Arrival], heard: list[_Heard]) -> None:
    if not arrivals:
        return
    fingerprints = {each.story_id: each.fingerprint for each in heard}
    heard_at = now()
    queries.store(
        session,
        Story,
        [
            {
                "id": arrival.story_id,
                "space_id": arrival.space_id,
                "fingerprint": fingerprints[arrival.story_id],
                "led_to": arrival.led_to,
                "department_id": arrival.department_id,
                "heard_at": heard_at,
                "created_at": heard_at,
            }
            for arrival in arrivals
        ],
    )


def _led(
    stories: dict[str, Story], arrivals: list[Arrival], heard: list[_Heard], result: IntakeResult
) -> dict[str, str]:
    """Note in the result where each went. Returns the space of each story."""
    spaces = {story.id: story.space_id for story in stories.values()} | {
        each.story_id: each.space_id for each in arrivals
    }
    led = {story.id: story.department_id or story.led_to for story in stories.values()}
    led |= {each.story_id: each.department_id or each.led_to for each in arrivals}
    result.stored = len(heard)
    result.folded = sum(each.folded for each in heard)
    result.went = Counter(led[each.story_id] for each in heard)
    result.mention_ids = [each.mention_id for each in heard]
    result.story_ids = [each.story_id for each in heard]
    return spaces


def _store_mentions(
    session: Session, source: Source, heard: list[_Heard], spaces: dict[str, str], recorded: Recorded | None
) -> None:
    heard_at = now()
    queries.store(
        session,
        Mention,
        [
            {
                "id": each.mention_id,
                "space_id": spaces[each.story_id],
                "source_id": source.id,
                "external_id": each.item.id[:500],
                "author_id": each.author_id,
                "story_id": each.story_id,
                "title": (each.item.title or "")[:500],
                "text": each.item.text[:MAX_TEXT],
                "url": each.item.url,
                "language": each.language,
                "private": recorded is not None and recorded.private,
                "recorded_by": recorded.by if recorded else None,
                "heard_by": recorded.heard_by if recorded else "",
                "said_at": _said_at(each.item, heard_at),
                "heard_at": heard_at,
            }
            for each in heard
        ],
    )


def _said_at(item: Item, heard_at: datetime) -> datetime:
    return min(item.said_at, heard_at) if item.said_at else heard_at


def _count_people(session: Session, stories: dict[str, Story], heard: list[_Heard]) -> None:
    """How many different people say it, in the stories that something joined."""
    grown = {each.story_id for each in heard if each.folded}
    if not grown:
        return
    authors = queries.authors_of(session, grown)
    for story in queries.stories_by_id(session, grown):
        story.said_by = len(authors[story.id])
        story.heard_at = now()
