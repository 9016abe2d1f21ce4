"""Reading what was heard."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, false, func, insert, or_, select, true
from sqlalchemy.orm import Session, aliased

from portal.access.models import Group, Organisation, Person, Space
from portal.access.places import places
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.access.wall import fetch, ruled_by, spaces_of, visible
from portal.core.clock import now
from portal.core.errors import NotFound
from portal.core.paging import Page, older_than, page_of, page_size, write_cursor
from portal.listening.models import Answered, Author, Contact, Mention, Source, Story
from portal.listening.track import Track

CHUNK = 500
"""Values in one ``IN``: far below what either database takes."""

SHOWN_OF_A_STORY = 3
SEARCHED = 3000
"""How many mentions one search with "listen for" words looks through before it offers to go on."""


# Aliases, because a statement that already reads these tables would correlate the rule's own reading with its rows.
_seen, _seen_author, _some = aliased(Mention), aliased(Author), aliased(Mention)
_heard, _heard_author = aliased(Mention), aliased(Author)


def authors_of_visible_mentions(viewer: Viewer) -> ColumnElement[bool]:
    """Authors: seen through a mention of theirs."""
    return Author.id.in_(select(_seen.author_id).where(_seen.space_id.in_(spaces_of(viewer))))


def contacts_of_visible_mentions(viewer: Viewer) -> ColumnElement[bool]:
    """Contacts: seen through a mention by one of their authors."""
    return Contact.id.in_(
        select(_seen_author.contact_id)
        .join(_seen, _seen.author_id == _seen_author.id)
        .where(_seen.space_id.in_(spaces_of(viewer)))
    )


def sources_of_listeners_and_administrators(viewer: Viewer) -> ColumnElement[bool]:
    """Sources: administrators look after them; people with an inbox right know what they listen to."""
    if not viewer.is_employee:
        return false()
    return true() if viewer.is_admin else Source.space_id.in_(spaces_of(viewer))


ruled_by(Author, authors_of_visible_mentions)
ruled_by(Contact, contacts_of_visible_mentions)
ruled_by(Source, sources_of_listeners_and_administrators)


def listening_space(session: Session, viewer: Viewer) -> str:
    """The id of the space of what was heard. Raises ``NotFound`` for whoever has no inbox right."""
    space_id: str | None = session.scalar(visible(Space, viewer, Space.id).where(Space.kind == "listening"))
    if space_id is None:
        raise NotFound
    return space_id


def hears(session: Session, viewer: Viewer) -> bool:
    """Whether the viewer has an inbox right and so may see what was heard."""
    return any(place.kind == "listening" for place in places(session, viewer))


@reaching_beyond_the_wall
def may_count(session: Session, viewer: Viewer) -> bool:
    """Whether the viewer may know how much of what they brought went where: there is no restricted inbox without them.

    Otherwise any count beside the total would tell, for a file of one line, that it went there.
    """
    closed = select(Space.id).join(Group, Group.id == Space.group_id)
    closed = closed.where(Group.restricted, Space.kind == "inbox", Space.id.not_in(spaces_of(viewer)))
    return not session.scalar(select(closed.exists()))


# What intake asks: the system's own questions, whose answers nobody is shown.


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(values)
    while some := list(islice(remaining, CHUNK)):
        yield some


def known_external_ids(session: Session, source_id: str, external_ids: Iterable[str]) -> set[str]:
    """Which of these keys the source has been heard with before."""
    known: set[str] = set()
    for some in _chunks(external_ids):
        known.update(
            session.scalars(
                select(Mention.external_id).where(Mention.source_id == source_id, Mention.external_id.in_(some))
            )
        )
    return known


def known_authors(session: Session, handles: Iterable[str]) -> dict[tuple[str, str], str]:
    """The ids of the authors with these handles, by place and handle."""
    known: dict[tuple[str, str], str] = {}
    for some in _chunks(handles):
        for row in session.execute(select(Author.id, Author.place, Author.handle).where(Author.handle.in_(some))):
            known[row.place, row.handle] = row.id
    return known


def stories_saying(session: Session, fingerprints: Iterable[str]) -> dict[str, Story]:
    """The stories with these fingerprints, wherever they are: a repost follows its story behind a wall."""
    found: dict[str, Story] = {}
    for some in _chunks(fingerprints):
        for story in session.scalars(select(Story).where(Story.fingerprint.in_(some)).order_by(Story.created_at)):
            if story.fingerprint:
                found.setdefault(story.fingerprint, story)
    return found


def stories_by_id(session: Session, story_ids: Iterable[str]) -> list[Story]:
    """These stories, to be changed."""
    return [story for some in _chunks(story_ids) for story in session.scalars(select(Story).where(Story.id.in_(some)))]


def authors_of(session: Session, story_ids: Iterable[str]) -> dict[str, set[str]]:
    """The different authors of each of these stories."""
    found: dict[str, set[str]] = {}
    for some in _chunks(story_ids):
        rows = session.execute(select(Mention.story_id, Mention.author_id).where(Mention.story_id.in_(some)).distinct())
        for row in rows:
            found.setdefault(row.story_id, set()).add(row.author_id)
    return found


def contact_of_person(session: Session, person_id: str) -> str | None:
    """The contact that stands for this customer, if there is one."""
    return session.scalar(select(Contact.id).where(Contact.person_id == person_id))


def source_named(session: Session, kind: str, name: str) -> Source | None:
    """The source of this kind with this name, a removed one too: what it brought is still known."""
    return session.scalars(
        select(Source).where(Source.kind == kind, Source.name == name).order_by(Source.removed_at.is_not(None))
    ).first()


def store(session: Session, model: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    """Many new rows in one statement."""
    session.execute(insert(model), rows)


# Sources.


def source(session: Session, viewer: Viewer, source_id: str) -> Source:
    """A source that has not been removed. Raises ``NotFound``."""
    found: Source = fetch(session, Source, viewer, source_id)
    if found.removed_at is not None:
        raise NotFound
    return found


def sources(session: Session, viewer: Viewer) -> list[Source]:
    """All sources, by name."""
    return list(session.scalars(visible(Source, viewer).where(Source.removed_at.is_(None)).order_by(Source.name)))


def source_names(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    """Id and name of all sources, those that were removed too, for filters."""
    rows = session.execute(visible(Source, viewer, Source.id, Source.name).order_by(Source.name))
    return [(row.id, row.name) for row in rows]


def feeds(session: Session) -> list[Source]:
    """All feeds that are listened to, the oldest first, for telling whether one is there already."""
    return list(
        session.scalars(
            select(Source).where(Source.kind == "feed", Source.removed_at.is_(None)).order_by(Source.created_at)
        )
    )


def due_sources(session: Session, limit: int) -> list[Source]:
    """The feeds whose time has come, the longest waiting first."""
    return list(
        session.scalars(
            select(Source)
            .where(Source.kind == "feed", Source.removed_at.is_(None), Source.next_at <= now())
            .order_by(Source.next_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def source_by_id(session: Session, source_id: str) -> Source | None:
    """A source as the system sees it, for whoever looks after it in the background."""
    return session.scalar(select(Source).where(Source.id == source_id))


# Stories and mentions.


@dataclass(frozen=True)
class Said:
    """One mention with its people, as pages show it. ``recorded_by`` is the name of the colleague who heard it."""

    id: str
    story_id: str
    space_id: str
    source_id: str
    source: str
    title: str
    text: str
    url: str | None
    language: str | None
    private: bool
    recorded_by: str | None
    heard_by: str
    said_at: datetime
    heard_at: datetime
    author_id: str
    handle: str
    author_url: str | None
    contact_id: str
    contact: str
    organisation_id: str | None
    organisation: str | None
    tier: str | None


_recorder = aliased(Person)

_SAID = (
    Mention.id,
    Mention.story_id,
    Mention.space_id,
    Mention.source_id,
    Source.name.label("source"),
    Mention.title,
    Mention.text,
    Mention.url,
    Mention.language,
    Mention.private,
    _recorder.name.label("recorded_by"),
    Mention.heard_by,
    Mention.said_at,
    Mention.heard_at,
    Mention.author_id,
    Author.handle,
    Author.url.label("author_url"),
    Contact.id.label("contact_id"),
    Contact.name.label("contact"),
    Contact.organisation_id,
    Organisation.name.label("organisation"),
    Organisation.tier,
)


def _said(viewer: Viewer, *more: Any) -> Select[Any]:
    """Visible mentions with the names of their people: whoever sees words may read whose they are."""
    return (
        visible(Mention, viewer, *_SAID, *more)
        .join(Source, Source.id == Mention.source_id)
        .join(Author, Author.id == Mention.author_id)
        .join(Contact, Contact.id == Author.contact_id)
        .outerjoin(Organisation, Organisation.id == Contact.organisation_id)
        .outerjoin(_recorder, _recorder.id == Mention.recorded_by)
    )


@dataclass(frozen=True)
class Answer:
    """That a mention was answered, by which department and when."""

    mention_id: str
    department: str
    at: datetime


@dataclass(frozen=True)
class Told:
    """A story as lists show it: its first mentions, where it was led, and who answered."""

    id: str
    space_id: str
    said_by: int
    heard_at: datetime
    led_to: str
    department_id: str | None
    department: str | None
    mentions: tuple[Said, ...]
    answers: tuple[Answer, ...]

    @property
    def first(self) -> Said:
        return self.mentions[0]


@dataclass(frozen=True)
class Wanted:
    """What a list of stories is narrowed to. ``department`` is a department's id, ``triage`` or ``aside``."""

    source: str = ""
    language: str = ""
    department: str = ""
    track: Track | None = None


def stories(
    session: Session, viewer: Viewer, wanted: Wanted, cursor: str | None = None, size: int | None = None
) -> Page[Told]:
    """Stories the viewer may see, the latest heard first."""
    count = page_size(size)
    if wanted.track is not None:
        return _stories_saying(session, viewer, wanted, wanted.track, cursor, count)
    statement = _narrowed(_stories(viewer), wanted)
    rows = session.execute(older_than(statement, Story.heard_at, Story.id, cursor, count)).all()
    page = page_of(rows, count, at="heard_at")
    return Page(_told(session, viewer, page.items), page.next)


def _stories(viewer: Viewer, *more: Any) -> Select[Any]:
    return visible(
        Story,
        viewer,
        Story.id,
        Story.space_id,
        Story.said_by,
        Story.heard_at,
        Story.led_to,
        Story.department_id,
        Group.name.label("department"),
        *more,
    ).outerjoin(Group, Group.id == Story.department_id)


def _narrowed(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.department in ("triage", "aside"):
        statement = statement.where(Story.led_to == wanted.department)
    elif wanted.department:
        statement = statement.where(Story.department_id == wanted.department)
    if wanted.source or wanted.language:
        some = select(_some.id).where(_some.story_id == Story.id)
        if wanted.source:
            some = some.where(_some.source_id == wanted.source)
        if wanted.language:
            some = some.where(_some.language == wanted.language)
        statement = statement.where(some.exists())
    return statement


def _stories_saying(
    session: Session, viewer: Viewer, wanted: Wanted, track: Track, cursor: str | None, count: int
) -> Page[Told]:
    """The track is no SQL, so texts are read, newest story first, until the page is full or enough was looked at."""
    statement = _narrowed(
        _stories(viewer, Mention.text, Mention.title, Mention.language, Author.handle, Contact.name)
        .add_columns(Source.name.label("source"))
        .join(Mention, Mention.story_id == Story.id)
        .join(Source, Source.id == Mention.source_id)
        .join(Author, Author.id == Mention.author_id)
        .join(Contact, Contact.id == Author.contact_id),
        wanted,
    )
    rows = session.execute(older_than(statement, Story.heard_at, Story.id, cursor, SEARCHED)).all()
    found: dict[str, Row[Any]] = {}
    for row in rows:
        if row.id in found or not track.matches(
            f"{row.title}\n{row.text}", row.language, f"{row.handle} {row.name}", row.source
        ):
            continue
        if len(found) == count:
            last = list(found.values())[-1]
            return Page(_told(session, viewer, list(found.values())), write_cursor(last.heard_at, last.id))
        found[row.id] = row
    more = write_cursor(rows[-1].heard_at, rows[-1].id) if len(rows) > SEARCHED else None
    return Page(_told(session, viewer, list(found.values())), more)


def _told(session: Session, viewer: Viewer, rows: Sequence[Row[Any]]) -> list[Told]:
    ids = [row.id for row in rows]
    if not ids:
        return []
    mentions = _first_mentions(session, viewer, ids)
    answers = _answers(session, viewer, Mention.story_id.in_(ids))
    return [
        Told(
            id=row.id,
            space_id=row.space_id,
            said_by=row.said_by,
            heard_at=row.heard_at,
            led_to=row.led_to,
            department_id=row.department_id,
            department=row.department,
            mentions=tuple(mentions[row.id]),
            answers=tuple(answers.get(row.id, ())),
        )
        for row in rows
        if row.id in mentions
    ]


def _first_mentions(session: Session, viewer: Viewer, story_ids: Sequence[str]) -> dict[str, list[Said]]:
    place = func.row_number().over(partition_by=Mention.story_id, order_by=(Mention.said_at, Mention.id)).label("place")
    numbered = _said(viewer, place).where(Mention.story_id.in_(story_ids)).subquery()
    rows = session.execute(
        select(*(column for column in numbered.c if column.name != "place"))
        .where(numbered.c.place <= SHOWN_OF_A_STORY)
        .order_by(numbered.c.said_at, numbered.c.id)
    )
    found: dict[str, list[Said]] = {}
    for row in rows:
        found.setdefault(row.story_id, []).append(Said(**row._mapping))
    return found


def _answers(session: Session, viewer: Viewer, which: ColumnElement[bool]) -> dict[str, list[Answer]]:
    rows = session.execute(
        visible(Answered, viewer, Answered.mention_id, Answered.at, Group.name, Mention.story_id)
        .join(Mention, Mention.id == Answered.mention_id)
        .join(Group, Group.id == Answered.department_id)
        .where(which)
        .order_by(Answered.at)
    )
    found: dict[str, list[Answer]] = {}
    for row in rows:
        found.setdefault(row.story_id, []).append(Answer(row.mention_id, row.name, row.at))
    return found


def department_names(session: Session) -> dict[str, str]:
    """The names of the departments by id: known to everyone who may see where something went."""
    return {
        row.id: row.name for row in session.execute(select(Group.id, Group.name).where(Group.department.is_not(None)))
    }


def department_keys(session: Session) -> list[tuple[str, str]]:
    """Key and name of the departments, for whoever may say whose something is."""
    rows = session.execute(
        select(Group.department, Group.name).where(Group.department.is_not(None)).order_by(Group.name)
    )
    return [(row.department, row.name) for row in rows]


def story(session: Session, viewer: Viewer, story_id: str) -> Told:
    """A story with its first mentions. Raises ``NotFound``."""
    rows = session.execute(_stories(viewer).where(Story.id == story_id)).all()
    told = _told(session, viewer, rows)
    if not told:
        raise NotFound
    return told[0]


def said_in(session: Session, viewer: Viewer, story_id: str, limit: int = 200) -> list[Said]:
    """The mentions of a story, the first said first."""
    rows = session.execute(
        _said(viewer).where(Mention.story_id == story_id).order_by(Mention.said_at, Mention.id).limit(limit)
    )
    return [Said(**row._mapping) for row in rows]


def mention(session: Session, viewer: Viewer, mention_id: str) -> Said:
    """One mention. Raises ``NotFound``."""
    row = session.execute(_said(viewer).where(Mention.id == mention_id)).one_or_none()
    if row is None:
        raise NotFound
    return Said(**row._mapping)


def seen_among(session: Session, viewer: Viewer, mention_ids: Sequence[str]) -> list[str]:
    """Those of these mentions that the viewer may see."""
    return list(session.scalars(visible(Mention, viewer, Mention.id).where(Mention.id.in_(mention_ids))))


def mentions(
    session: Session,
    viewer: Viewer,
    cursor: str | None = None,
    limit: int | None = None,
    *,
    source_id: str = "",
    language: str = "",
    contact_id: str = "",
    story_id: str = "",
) -> Page[Said]:
    """Mentions the viewer may see, the latest heard first."""
    size = page_size(limit)
    statement = _said(viewer)
    for column, value in (
        (Mention.source_id, source_id),
        (Mention.language, language),
        (Author.contact_id, contact_id),
        (Mention.story_id, story_id),
    ):
        if value:
            statement = statement.where(column == value)
    rows = session.execute(older_than(statement, Mention.heard_at, Mention.id, cursor, size)).all()
    page = page_of(rows, size, at="heard_at")
    return Page([Said(**row._mapping) for row in page.items], page.next)


def languages(session: Session, viewer: Viewer) -> list[str]:
    """The languages of what the viewer may see."""
    found = session.scalars(visible(Mention, viewer, Mention.language).distinct())
    return sorted(code for code in found if code)


def recently_said(session: Session, viewer: Viewer, limit: int = 500, source_id: str = "") -> list[Said]:
    """The latest mentions the viewer may see: what a track or a rule is tried on."""
    statement = _said(viewer)
    if source_id:
        statement = statement.where(Mention.source_id == source_id)
    rows = session.execute(statement.order_by(Mention.heard_at.desc(), Mention.id.desc()).limit(limit))
    return [Said(**row._mapping) for row in rows]


# Contacts.


@dataclass(frozen=True)
class Known:
    """A contact as lists show it. ``heard_at`` is when they were first heard in what the viewer may see."""

    id: str
    name: str
    heard_at: datetime
    organisation_id: str | None
    organisation: str | None
    tier: str | None
    person_id: str | None


def _known(viewer: Viewer) -> Select[Any]:
    return visible(
        Contact,
        viewer,
        Contact.id,
        Contact.name,
        _first_heard(viewer).label("heard_at"),
        Contact.organisation_id,
        Organisation.name.label("organisation"),
        Organisation.tier,
        _customer_known_to(viewer).label("person_id"),
    ).outerjoin(Organisation, Organisation.id == Contact.organisation_id)


def _first_heard(viewer: Viewer) -> ColumnElement[datetime]:
    """When a contact was first heard, as far as the viewer may know: a restricted department may have heard before."""
    return (
        select(func.min(_heard.heard_at))
        .join(_heard_author, _heard_author.id == _heard.author_id)
        .where(_heard_author.contact_id == Contact.id, _heard.space_id.in_(spaces_of(viewer)))
        .correlate(Contact)
        .scalar_subquery()
    )


def _customer_known_to(viewer: Viewer) -> ColumnElement[str | None]:
    """The customer that a contact is, for those who may see that customer; to others they are a contact like any."""
    known = visible(Person, viewer, Person.id).where(Person.id == Contact.person_id)
    return known.correlate(Contact).scalar_subquery()


def contacts(
    session: Session, viewer: Viewer, words: str = "", cursor: str | None = None, limit: int | None = None
) -> Page[Known]:
    """Contacts the viewer may see, the latest heard first. ``words`` stand in the name or in a visible handle."""
    size = page_size(limit)
    statement = _known(viewer)
    if words:
        like = f"%{words.lower().replace('%', '').replace('_', '')}%"
        handles = visible(Author, viewer, Author.contact_id).where(func.lower(Author.handle).like(like))
        statement = statement.where(or_(func.lower(Contact.name).like(like), Contact.id.in_(handles)))
    rows = session.execute(older_than(statement, _first_heard(viewer), Contact.id, cursor, size)).all()
    page = page_of(rows, size, at="heard_at")
    return Page([Known(**row._mapping) for row in page.items], page.next)


def contact_shown(session: Session, viewer: Viewer, contact_id: str) -> Known:
    """A contact with its organisation's name. Raises ``NotFound``."""
    row = session.execute(_known(viewer).where(Contact.id == contact_id)).one_or_none()
    if row is None:
        raise NotFound
    return Known(**row._mapping)


def contact(session: Session, viewer: Viewer, contact_id: str) -> Contact:
    """A contact, to be changed. Raises ``NotFound``."""
    found: Contact = fetch(session, Contact, viewer, contact_id)
    return found


def contact_named(session: Session, viewer: Viewer, name: str, organisation_id: str | None) -> str | None:
    """The one visible contact of exactly this name at this organisation, or None."""
    found = session.scalars(
        visible(Contact, viewer, Contact.id).where(
            func.lower(Contact.name) == name.lower(), Contact.organisation_id == organisation_id
        )
    ).all()
    return found[0] if len(found) == 1 and organisation_id else None


def authors(session: Session, viewer: Viewer, contact_id: str) -> list[Author]:
    """The handles of a contact that the viewer may know."""
    return list(
        session.scalars(
            visible(Author, viewer).where(Author.contact_id == contact_id).order_by(Author.place, Author.handle)
        )
    )


def author(session: Session, viewer: Viewer, author_id: str) -> Author:
    """One handle, to be changed. Raises ``NotFound``."""
    found: Author = fetch(session, Author, viewer, author_id)
    return found


def all_authors_of(session: Session, contact_id: str) -> list[Author]:
    """Every handle of a contact, for joining and splitting; nobody is shown them."""
    return list(session.scalars(select(Author).where(Author.contact_id == contact_id)))


@dataclass(frozen=True)
class Moment:
    """One thing a contact said, where it went, and who answered it."""

    said: Said
    led_to: str
    department: str | None
    answers: tuple[Answer, ...]


def timeline(session: Session, viewer: Viewer, contact_id: str, cursor: str | None = None) -> Page[Moment]:
    """What a contact said, as far as the viewer may see it, newest first, and that it was answered."""
    statement = (
        _said(viewer, Story.led_to, Story.department_id)
        .join(Story, Story.id == Mention.story_id)
        .where(Author.contact_id == contact_id)
    )
    size = page_size(None)
    rows = session.execute(older_than(statement, Mention.said_at, Mention.id, cursor, size)).all()
    page = page_of(rows, size, at="said_at")
    answers = _answers(session, viewer, Mention.id.in_([row.id for row in page.items]))
    by_mention: dict[str, list[Answer]] = {}
    for each in (answer for some in answers.values() for answer in some):
        by_mention.setdefault(each.mention_id, []).append(each)
    names = department_names(session)
    return Page([_moment(row, names, by_mention) for row in page.items], page.next)


def _moment(row: Row[Any], names: dict[str, str], answers: dict[str, list[Answer]]) -> Moment:
    values = dict(row._mapping)
    led_to, department_id = values.pop("led_to"), values.pop("department_id")
    return Moment(Said(**values), led_to, names.get(department_id), tuple(answers.get(row.id, ())))


def history(session: Session, viewer: Viewer, contact_id: str) -> tuple[int, int]:
    """How many things a contact said that the viewer may see, and how many of them were answered."""
    answered = select(Answered.mention_id).where(Answered.space_id.in_(spaces_of(viewer)))
    row = session.execute(
        visible(Mention, viewer, func.count(), func.count().filter(Mention.id.in_(answered)))
        .join(Author, Author.id == Mention.author_id)
        .where(Author.contact_id == contact_id)
    ).one()
    return row[0], row[1]


# Who "I heard this" can be about.


def organisations(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    """Id and name of the organisations the viewer may know."""
    rows = session.execute(
        visible(Organisation, viewer, Organisation.id, Organisation.name).order_by(Organisation.name)
    )
    return [(row.id, row.name) for row in rows]


def customers(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    """Id and name (with the organisation's) of the customers the viewer may know."""
    organisation = aliased(Organisation)
    rows = session.execute(
        visible(Person, viewer, Person.id, Person.name, organisation.name.label("organisation"))
        .outerjoin(organisation, organisation.id == Person.organisation_id)
        .where(Person.kind == "customer", Person.deactivated_at.is_(None))
        .order_by(Person.name)
    )
    return [(row.id, f"{row.name}, {row.organisation}" if row.organisation else row.name) for row in rows]


def customer(session: Session, viewer: Viewer, person_id: str) -> Person:
    """A customer the viewer may know. Raises ``NotFound``."""
    found: Person = fetch(session, Person, viewer, person_id)
    if found.kind != "customer":
        raise NotFound
    return found


def organisation(session: Session, viewer: Viewer, organisation_id: str) -> Organisation:
    """An organisation the viewer may know. Raises ``NotFound``."""
    found: Organisation = fetch(session, Organisation, viewer, organisation_id)
    return found


def person_linked(session: Session, contact: Contact) -> Person | None:
    """The customer that a contact stands for, for keeping the link; whoever sees the contact need not know them."""
    return session.scalar(select(Person).where(Person.id == contact.person_id))


def person_to_link(session: Session, viewer: Viewer, contact: Contact, person_id: str | None) -> Person | None:
    """The customer whom the viewer names for a contact, or None. One whom they do not know stays: they saw no link.

    Raises ``NotFound`` where they name somebody they do not know.
    """
    if person_id:
        return customer(session, viewer, person_id)
    return None if contact_shown(session, viewer, contact.id).person_id else person_linked(session, contact)


def contact_by_id(session: Session, contact_id: str) -> Contact:
    """A contact that was just made."""
    return session.scalars(select(Contact).where(Contact.id == contact_id)).one()


@dataclass(frozen=True)
class Trial:
    """What words to listen for would have kept among what their author may see."""

    looked_at: int
    kept: tuple[Said, ...]
    left_out: tuple[Said, ...]


def try_track(session: Session, viewer: Viewer, track: Track | None, source_id: str = "") -> Trial:
    """Try words to listen for on the latest mentions, of one source or of all. Without words all is kept."""
    said = recently_said(session, viewer, source_id=source_id)
    kept = [each for each in said if track is None or holds(track, each)]
    chosen = {each.id for each in kept}
    return Trial(len(said), tuple(kept), tuple(each for each in said if each.id not in chosen))


def holds(track: Track, said: Said) -> bool:
    """Whether a mention is what this track listens for."""
    return track.matches(f"{said.title}\n{said.text}", said.language, f"{said.contact} {said.handle}", said.source)
