"""Reading cases. A case is seen by those with the inbox right of its department, its words as far as they see them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    String,
    and_,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from portal.access.models import Group, GroupMember, Organisation, Person, Space, SpaceMember, SpaceOrganisation
from portal.access.places import counts, places
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.access.wall import Prepared, also_in_an_emergency, fetch, spaces_of, visible
from portal.core.clock import now
from portal.core.database import UtcDateTime
from portal.core.errors import NotFound
from portal.core.paging import read_cursor, write_cursor
from portal.inbox.models import OPEN, Case, CaseAnswer, CaseNote, CaseStep
from portal.listening.models import Answered, Author, Contact, Mention, Source, Story
from portal.posts.models import Post
from portal.routing.models import Route

SHOWN_WAITING = 100
"""How many new cases the navigation counts: from there on it says "99+"."""

STATES_ASKED = (*OPEN, "mine", "open", "resolved", "dismissed", "sent_on", "all")
"""What a queue can be asked for."""

SHOWN_OF_A_TEXT = 400
"""Characters of what was said that a list shows."""

_HERE = bindparam("space_id", type_=Case.space_id.type)
Owner = aliased(Person, name="owner")
SentTo = aliased(Group, name="sent_to")


# What was heard, in an emergency

_Read, _Told = aliased(Case), aliased(Mention)


def _stories_of_cases(viewer: Viewer) -> Select[Any]:
    """The stories of the cases that the viewer may see, but those that lie in another inbox."""
    return (
        select(_Read.story_id)
        .join(Story, Story.id == _Read.story_id)
        .where(
            _Read.space_id.in_(spaces_of(viewer)),
            _Read.state != "sent_on",
            Story.space_id.not_in(select(Space.id).where(Space.kind == "inbox")),
        )
        .correlate(None)
    )


also_in_an_emergency(Story, lambda viewer: Story.id.in_(_stories_of_cases(viewer)))
also_in_an_emergency(Mention, lambda viewer: Mention.story_id.in_(_stories_of_cases(viewer)))
also_in_an_emergency(
    Answered,
    lambda viewer: Answered.mention_id.in_(select(_Told.id).where(_Told.story_id.in_(_stories_of_cases(viewer)))),
)


def _is_told_to(viewer: Viewer) -> ColumnElement[bool]:
    """Whether the viewer may see the words of a case's story."""
    here = Story.space_id.in_(spaces_of(viewer))
    return or_(here, Story.id.in_(_stories_of_cases(viewer))) if viewer.in_emergency else here


# Departments


@dataclass(frozen=True)
class Inbox:
    """A department's inbox that the viewer looks after. ``new`` counts what nobody has claimed, up to a hundred."""

    department_id: str
    space_id: str
    name: str
    key: str
    restricted: bool
    new: int


def inboxes(session: Session, viewer: Viewer) -> list[Inbox]:
    """The inboxes the viewer has the right of, by name."""
    mine = [
        Inbox(place.group_id, place.id, place.group_name, place.department, place.restricted, place.new_cases)
        for place in places(session, viewer)
        if place.kind == "inbox"
    ]
    return sorted(mine, key=lambda inbox: (inbox.name.lower(), inbox.department_id))


@counts("new_cases")
def _new_cases(_viewer: Viewer, _membership: Any) -> ColumnElement[int]:
    some_new = (
        select(literal(1)).where(Case.space_id == Space.id, Case.state == "new").limit(SHOWN_WAITING).correlate(Space)
    )
    return select(func.count()).select_from(some_new.subquery()).scalar_subquery()


def inbox(session: Session, viewer: Viewer, department: str) -> Inbox:
    """The inbox of a department, by its id or key. Raises ``NotFound`` without its inbox right."""
    return find_inbox(inboxes(session, viewer), department)


def find_inbox(mine: Iterable[Inbox], department: str) -> Inbox:
    """The one of these inboxes that belongs to a department, named by its id or key. Raises ``NotFound``."""
    for each in mine:
        if department in (each.department_id, each.key):
            return each
    raise NotFound


@dataclass(frozen=True)
class Target:
    """A department to which a case can be sent."""

    id: str
    name: str
    key: str
    restricted: bool


def targets(session: Session, but: str = "") -> list[Target]:
    """The departments by name, restricted ones last: everyone who may see where something went knows them."""
    rows = session.execute(
        select(Group.id, Group.name, Group.department, Group.restricted)
        .where(Group.department.is_not(None), Group.archived_at.is_(None), Group.id != but)
        .order_by(Group.restricted, func.lower(Group.name), Group.id)
    )
    return [Target(row.id, row.name, row.department or "", row.restricted) for row in rows]


def readers(session: Session, viewer: Viewer, space_id: str) -> Sequence[Row[Any]]:
    """Who may read in a space, by name: id, name, kind, photo_key. Of an inbox: who has its inbox right."""
    return session.execute(
        visible(SpaceMember, viewer, Person.id, Person.name, Person.kind, Person.photo_key)
        .join(Person, Person.id == SpaceMember.person_id)
        .where(SpaceMember.space_id == space_id, SpaceMember.ends_at > now(), Person.deactivated_at.is_(None))
        .order_by(func.lower(Person.name), Person.id)
    ).all()


# The queue


LONGEST_BACK = 100 * 365
"""Days: no case is older, whatever is asked for."""


@dataclass(frozen=True)
class Wanted:
    """What a queue is narrowed to. ``state`` is a state, ``mine``, ``open`` or ``all``; ``older`` is in days."""

    state: str = "new"
    source: str = ""
    language: str = ""
    older: int = 0
    words: str = ""


@dataclass(frozen=True)
class Queue:
    """Some cases of a queue, and the cursor of what follows."""

    items: Sequence[Row[Any]]
    next: str | None


def queue(
    session: Session, viewer: Viewer, space_id: str, wanted: Wanted, cursor: str | None = None, size: int = 20
) -> Queue:
    """Cases of one department with who said what: the open ones longest waiting first, the others newest first."""
    at, case_id = read_cursor(cursor) if cursor else (None, None)
    like = f"%{_escaped(wanted.words.lower())}%" if wanted.words else ""
    narrowed = (bool(wanted.older), bool(wanted.source), bool(wanted.language), bool(like), bool(cursor))
    rows = _queue(wanted.state, *narrowed)(
        session,
        viewer,
        space_id=space_id,
        before=now() - timedelta(days=min(wanted.older, LONGEST_BACK)),
        source=wanted.source,
        language=wanted.language,
        like=like,
        cursor_at=at,
        cursor_id=case_id,
        size=size + 1,
    ).all()
    more = write_cursor(rows[size - 1].opened_at, rows[size - 1].id) if len(rows) > size else None
    return Queue(rows[:size], more)


@cache
def _queue(state: str, older: bool, source: bool, language: bool, words: bool, further: bool) -> Prepared:
    """The statement for a queue that is narrowed in these ways."""
    return Prepared(lambda viewer: _page(viewer, state, older, source, language, words, further))


def _page(
    viewer: Viewer, state: str, older: bool, source: bool, language: bool, words: bool, further: bool
) -> Select[Any]:
    statement = _in_state(_cases(viewer, Case.id, Case.opened_at).where(Case.space_id == _HERE), viewer, state)
    if older:
        statement = statement.where(Case.opened_at < bindparam("before"))
    if source or language or words:
        statement = statement.where(_said_so(source, language, words).exists())
    oldest_first = state in (*OPEN, "mine", "open")
    if further:
        at, case_id = bindparam("cursor_at", type_=UtcDateTime()), bindparam("cursor_id", type_=String())
        beyond = Case.opened_at > at if oldest_first else Case.opened_at < at
        statement = statement.where(
            or_(beyond, and_(Case.opened_at == at, Case.id > case_id if oldest_first else Case.id < case_id))
        )
    order = (Case.opened_at, Case.id) if oldest_first else (Case.opened_at.desc(), Case.id.desc())
    page = statement.order_by(*order).limit(bindparam("size", type_=Integer())).subquery()
    return _lines(page, viewer).order_by(*order)


def _cases(viewer: Viewer, *columns: Any) -> Select[Any]:
    """Visible cases whose story is visible too, and receipts: the story of what was sent on may be elsewhere."""
    return (
        visible(Case, viewer, *columns)
        .outerjoin(Story, and_(Story.id == Case.story_id, _is_told_to(viewer)))
        .where(or_(Story.id.is_not(None), Case.state == "sent_on"))
    )


def _in_state(statement: Select[Any], viewer: Viewer, state: str) -> Select[Any]:
    match state:
        case "mine":
            return statement.where(Case.owner_id == viewer.person_id, Case.state.in_(("claimed", "waiting")))
        case "open":
            return statement.where(Case.state.in_(OPEN))
        case "all":
            return statement
    return statement.where(Case.state == state)


def _said_so(source: bool, language: bool, words: bool) -> Select[Any]:
    some = select(Mention.id).where(Mention.story_id == Story.id)
    if source:
        some = some.where(Mention.source_id == bindparam("source"))
    if language:
        some = some.where(Mention.language == bindparam("language"))
    if words:
        like = bindparam("like", type_=String())
        some = (
            some.join(Author, Author.id == Mention.author_id)
            .join(Contact, Contact.id == Author.contact_id)
            .where(
                or_(
                    func.lower(Mention.text).like(like, escape="\\"),
                    func.lower(Mention.title).like(like, escape="\\"),
                    func.lower(Contact.name).like(like, escape="\\"),
                )
            )
        )
    return some


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _lines(page: Any, viewer: Viewer) -> Select[Any]:
    """The cases of the page with who said it first, from which source, and who has claimed them."""
    first = aliased(Mention)
    first_id = (
        select(first.id)
        .where(first.story_id == Story.id)
        .order_by(first.said_at, first.id)
        .limit(1)
        .correlate(Story)
        .scalar_subquery()
    )
    return (
        select(*_LINE)
        .select_from(page)
        .join(Case, Case.id == page.c.id)
        .outerjoin(Story, and_(Story.id == Case.story_id, _is_told_to(viewer)))
        .outerjoin(Mention, Mention.id == first_id)
        .outerjoin(Source, Source.id == Mention.source_id)
        .outerjoin(Author, Author.id == Mention.author_id)
        .outerjoin(Contact, Contact.id == Author.contact_id)
        .outerjoin(Organisation, Organisation.id == Contact.organisation_id)
        .outerjoin(Owner, Owner.id == Case.owner_id)
        .outerjoin(SentTo, SentTo.id == Case.sent_to_id)
    )


_LINE = (
    Case.id,
    Case.department_id,
    Case.state,
    Case.outcome,
    Case.reason,
    Case.because,
    Case.version,
    Case.owner_id,
    Owner.name.label("owner"),
    SentTo.name.label("sent_to"),
    Case.opened_at,
    Case.closed_at,
    func.coalesce(Story.said_by, 1).label("people"),
    func.substr(Mention.text, 1, SHOWN_OF_A_TEXT).label("text"),
    Mention.title,
    Mention.language,
    Mention.private,
    Source.name.label("source"),
    Contact.id.label("contact_id"),
    Contact.name.label("contact"),
    Organisation.name.label("organisation"),
    Organisation.tier,
)


def choices(session: Session, viewer: Viewer, space_id: str) -> tuple[list[tuple[str, str]], list[str]]:
    """What a queue can be narrowed to: sources (id and name), and the languages of its open cases."""
    rows = _choices(session, viewer, space_id=space_id).all()
    return (
        sorted(((row.key, row.name) for row in rows if row.what == "source"), key=lambda each: each[1].lower()),
        sorted(row.key for row in rows if row.what == "language"),
    )


@Prepared
def _choices(viewer: Viewer) -> Any:
    sources = visible(Source, viewer, literal("source").label("what"), Source.id.label("key"), Source.name)
    languages = (
        _cases(viewer, literal("language"), Mention.language, literal(""))
        .join(Mention, Mention.story_id == Story.id)
        .where(Case.space_id == bindparam("space_id"), Case.state.in_(OPEN), Mention.language.is_not(None))
        .distinct()
    )
    return union_all(sources, languages)


# Figures


@dataclass(frozen=True)
class Window:
    """How it went over some days: of ``people`` who said something, how many were answered; the median in seconds."""

    people: int
    answered: int
    median: int | None

    @property
    def share(self) -> int | None:
        """Answered of all, in per cent, rounded down: nobody is counted who was not answered."""
        return self.answered * 100 // self.people if self.people else None


@dataclass(frozen=True)
class Figures:
    """How an inbox stands. ``unanswered`` counts people in open cases, ``oldest`` is since when the first of them
    waits; the other numbers count cases."""

    unanswered: int
    oldest: datetime | None
    week: Window
    month: Window
    new: int
    mine: int
    waiting: int


def figures(session: Session, viewer: Viewer, space_id: str) -> Figures:
    """The figures of a queue, in one statement. What was dismissed or sent on counts for nobody."""
    week, month = now() - timedelta(days=7), now() - timedelta(days=30)
    row = _figures(session, viewer, space_id=space_id, week=week, month=month).one()
    return Figures(
        unanswered=row.unanswered,
        oldest=row.oldest,
        week=Window(row.week, row.week - row.week_unanswered, _whole(row.week_median)),
        month=Window(row.month, row.month - row.month_unanswered, _whole(row.month_median)),
        new=row.new,
        mine=row.mine,
        waiting=row.waiting,
    )


def _whole(seconds: Any) -> int | None:
    return None if seconds is None else int(seconds)


_WEEK = bindparam("week", type_=UtcDateTime())
_MONTH = bindparam("month", type_=UtcDateTime())


@Prepared
def _figures(viewer: Viewer) -> Select[Any]:
    people = _people(viewer)
    is_open = people.c.state.in_(OPEN)
    unanswered = people.c.is_unanswered

    def distinct(*conditions: Any) -> Any:
        return func.count(people.c.contact_id.distinct()).filter(*conditions)

    totals = select(
        distinct(is_open, unanswered).label("unanswered"),
        func.min(people.c.opened_at).filter(is_open, unanswered).label("oldest"),
        distinct(people.c.opened_at >= _WEEK).label("week"),
        distinct(people.c.opened_at >= _WEEK, unanswered).label("week_unanswered"),
        distinct(people.c.opened_at >= _MONTH).label("month"),
        distinct(people.c.opened_at >= _MONTH, unanswered).label("month_unanswered"),
    ).subquery()
    open_cases = visible(
        Case,
        viewer,
        func.count().filter(Case.state == "new").label("new"),
        func.count().filter(Case.owner_id == viewer.person_id, Case.state != "new").label("mine"),
        func.count().filter(Case.state == "waiting").label("waiting"),
    ).where(Case.space_id == _HERE, Case.state.in_(OPEN))
    numbers = open_cases.subquery()
    return select(
        totals,
        numbers,
        _median(viewer, _WEEK).label("week_median"),
        _median(viewer, _MONTH).label("month_median"),
    ).select_from(totals.join(numbers, true()))


def _people(viewer: Viewer) -> Any:
    """Each person in each case that is open or was opened in the last month, and whether they wait for an answer."""
    waits = func.count(Mention.id) > func.count(Answered.mention_id)
    return (
        visible(Case, viewer, Case.id, Case.state, Case.opened_at, Author.contact_id, waits.label("is_unanswered"))
        .join(Mention, Mention.story_id == Case.story_id)
        .join(Author, Author.id == Mention.author_id)
        .outerjoin(Answered, and_(Answered.mention_id == Mention.id, Answered.department_id == Case.department_id))
        .where(
            Case.space_id == _HERE,
            Case.state.not_in(("dismissed", "sent_on")),
            or_(Case.state.in_(OPEN), Case.opened_at >= _MONTH),
        )
        .group_by(Case.id, Case.state, Case.opened_at, Author.contact_id)
        .subquery()
    )


def _median(viewer: Viewer, since: Any) -> Any:
    """The middle of the times from hearing a person to their first answer, over the answers since then."""
    waited = (
        visible(CaseAnswer, viewer, func.max(CaseAnswer.seconds).label("seconds"))
        .join(Mention, Mention.id == CaseAnswer.mention_id)
        .join(Author, Author.id == Mention.author_id)
        .where(CaseAnswer.space_id == _HERE, CaseAnswer.at >= since)
        .group_by(CaseAnswer.case_id, Author.contact_id)
        .subquery()
    )
    ranked = select(
        waited.c.seconds,
        func.row_number().over(order_by=waited.c.seconds).label("place"),
        func.count().over().label("all"),
    ).subquery()
    middle = or_(ranked.c.place * 2 == ranked.c.all, ranked.c.place * 2 == ranked.c.all + 1,
                 ranked.c.place * 2 == ranked.c.all + 2)  # fmt: skip
    return select(func.avg(ranked.c.seconds)).where(middle).scalar_subquery()


# One case


def case_shown(session: Session, viewer: Viewer, case_id: str) -> Row[Any]:
    """A case with its department, its owner and where it was sent. Raises ``NotFound``."""
    earlier = aliased(Case)
    row = session.execute(
        _cases(
            viewer,
            Case.id,
            Case.space_id,
            Case.department_id,
            Case.story_id,
            Case.state,
            Case.outcome,
            Case.reason,
            Case.because,
            Case.version,
            Case.owner_id,
            Owner.name.label("owner"),
            Case.sent_to_id,
            SentTo.name.label("sent_to"),
            Case.route_id,
            Case.discussion_id,
            Case.opened_at,
            Case.claimed_at,
            Case.first_answer_at,
            Case.closed_at,
            Group.name.label("department"),
            Group.department.label("key"),
            Group.restricted,
            earlier.id.label("came_from_id"),
            Story.id.is_not(None).label("has_words"),
            (Story.space_id != Case.space_id).label("is_shared"),
            (func.coalesce(Story.department_id, Case.department_id) == Case.department_id).label("leads_here"),
            func.coalesce(Story.said_by, 1).label("people"),
        )
        .join(Group, Group.id == Case.department_id)
        .outerjoin(Owner, Owner.id == Case.owner_id)
        .outerjoin(SentTo, SentTo.id == Case.sent_to_id)
        .outerjoin(earlier, and_(earlier.id == Case.came_from_id, earlier.space_id == Case.space_id))
        .where(Case.id == case_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def stored_case(session: Session, viewer: Viewer, case_id: str) -> Case:
    """A case, to be changed. Raises ``NotFound``."""
    found: Case | None = session.scalar(_cases(viewer, Case).where(Case.id == case_id))
    if found is None:
        raise NotFound
    return found


def answered_here(session: Session, viewer: Viewer, case_id: str) -> dict[str, Row[Any]]:
    """The recorded answers of a case by the mention they answer: text, url, at, and by whom."""
    rows = session.execute(
        visible(
            CaseAnswer,
            viewer,
            CaseAnswer.mention_id,
            CaseAnswer.text,
            CaseAnswer.url,
            CaseAnswer.at,
            Person.name.label("by"),
        )
        .join(Person, Person.id == CaseAnswer.person_id)
        .where(CaseAnswer.case_id == case_id)
    )
    return {row.mention_id: row for row in rows}


def last_answer(session: Session, viewer: Viewer, contact_id: str) -> Row[Any] | None:
    """When a contact was last answered, by which department, and by whom where that is the viewer's own."""
    by = aliased(Person)
    return session.execute(
        visible(Answered, viewer, Answered.at, Group.name.label("department"), by.name.label("by"))
        .join(Mention, Mention.id == Answered.mention_id)
        .join(Author, Author.id == Mention.author_id)
        .join(Group, Group.id == Answered.department_id)
        .outerjoin(
            CaseAnswer,
            and_(CaseAnswer.mention_id == Answered.mention_id, CaseAnswer.space_id.in_(_inbox_of_department(viewer))),
        )
        .outerjoin(by, by.id == CaseAnswer.person_id)
        .where(Author.contact_id == contact_id)
        .order_by(Answered.at.desc())
        .limit(1)
    ).one_or_none()


def _inbox_of_department(viewer: Viewer) -> Select[Any]:
    own = aliased(Space)
    return select(own.id).where(own.group_id == Answered.department_id, own.id.in_(spaces_of(viewer)))


def notes(session: Session, viewer: Viewer, case_id: str) -> Sequence[Row[Any]]:
    """The notes of a case, oldest first, with their authors."""
    return session.execute(
        visible(
            CaseNote,
            viewer,
            CaseNote.id,
            CaseNote.body,
            CaseNote.html,
            CaseNote.at,
            CaseNote.author_id,
            Person.name,
            Person.kind,
            Person.photo_key,
        )
        .join(Person, Person.id == CaseNote.author_id)
        .where(CaseNote.case_id == case_id)
        .order_by(CaseNote.at, CaseNote.id)
        .limit(500)
    ).all()


def steps(session: Session, viewer: Viewer, case_id: str) -> Sequence[Row[Any]]:
    """The timeline of a case, oldest first: kind, person, about, detail, at."""
    about = aliased(Person)
    return session.execute(
        visible(
            CaseStep,
            viewer,
            CaseStep.id,
            CaseStep.kind,
            Person.name.label("person"),
            about.name.label("about"),
            CaseStep.detail,
            CaseStep.at,
        )
        .outerjoin(Person, Person.id == CaseStep.person_id)
        .outerjoin(about, about.id == CaseStep.about_id)
        .where(CaseStep.case_id == case_id)
        .order_by(CaseStep.at, CaseStep.version, CaseStep.id)
        .limit(500)
    ).all()


def last_step(session: Session, viewer: Viewer, case_id: str) -> Row[Any] | None:
    """What was done to a case last, by whom and when."""
    return session.execute(
        visible(CaseStep, viewer, CaseStep.kind, CaseStep.at, CaseStep.detail, Person.name.label("person"))
        .outerjoin(Person, Person.id == CaseStep.person_id)
        .where(CaseStep.case_id == case_id, CaseStep.kind != "note")
        .order_by(CaseStep.at.desc(), CaseStep.version.desc(), CaseStep.id.desc())
        .limit(1)
    ).one_or_none()


def resolved_before(session: Session, viewer: Viewer, space_id: str, but: str) -> Sequence[Row[Any]]:
    """The cases that a department resolved last, with what was said, for finding those like a new one."""
    return session.execute(
        visible(
            Case,
            viewer,
            Case.id,
            Case.outcome,
            Case.opened_at,
            Case.closed_at,
            func.substr(Mention.text, 1, SHOWN_OF_A_TEXT).label("text"),
            Mention.language,
            Author.contact_id,
        )
        .join(Story, and_(Story.id == Case.story_id, _is_told_to(viewer)))
        .join(Mention, Mention.story_id == Story.id)
        .join(Author, Author.id == Mention.author_id)
        .where(Case.space_id == space_id, Case.state == "resolved", Case.id != but)
        .order_by(Case.opened_at.desc())
        .limit(200)
    ).all()


def discussed(session: Session, viewer: Viewer, post_id: str) -> Sequence[Row[Any]]:
    """The cases that are discussed in a post, as far as the viewer may see them."""
    return _DISCUSSED(session, viewer, post_id=post_id).all()


_DISCUSSED = Prepared(
    lambda viewer: (
        _cases(viewer, Case.id, Case.state, Group.name.label("department"))
        .join(Group, Group.id == Case.department_id)
        .where(Case.discussion_id == bindparam("post_id"))
    )
)


def customer_of(session: Session, viewer: Viewer, contact_id: str) -> Row[Any] | None:
    """What inviting a contact starts from: their name, organisation, and the customer they are, where known."""
    return session.execute(
        visible(
            Contact,
            viewer,
            Contact.id,
            Contact.name,
            Contact.person_id,
            Contact.organisation_id,
            Organisation.name.label("organisation"),
        )
        .outerjoin(Organisation, Organisation.id == Contact.organisation_id)
        .where(Contact.id == contact_id)
    ).one_or_none()


def team_space(session: Session, viewer: Viewer, department_id: str) -> str:
    """The id of a department's team space. Raises ``NotFound``."""
    found: str | None = session.scalar(
        visible(Space, viewer, Space.id).where(Space.group_id == department_id, Space.kind == "team")
    )
    if found is None:
        raise NotFound
    return found


def customer_post(session: Session, viewer: Viewer, post_id: str) -> Row[Any]:
    """A customer's post in a customer space, for staff, with who wrote it. Raises ``NotFound``."""
    if not viewer.is_employee:
        raise NotFound
    row = session.execute(
        visible(
            Post,
            viewer,
            Post.id,
            Post.title,
            Post.body,
            Post.author_id,
            Person.name.label("author_name"),
            Person.kind.label("author_kind"),
            Person.organisation_id,
            Space.name.label("space_name"),
            Space.id.label("space_id"),
        )
        .join(Space, Space.id == Post.space_id)
        .join(Person, Person.id == Post.author_id)
        .where(Post.id == post_id, Post.deleted_at.is_(None), Space.kind == "customers", Person.kind == "customer")
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def customer_spaces_for(session: Session, viewer: Viewer, organisation_id: str) -> Sequence[Row[Any]]:
    """The customer spaces the viewer is in that were opened for an organisation: id, name and group."""
    return session.execute(
        visible(Space, viewer, Space.id, Space.name, Group.name.label("group_name"))
        .join(SpaceOrganisation, SpaceOrganisation.space_id == Space.id)
        .join(Group, Group.id == Space.group_id)
        .where(
            SpaceOrganisation.organisation_id == organisation_id,
            Space.kind == "customers",
            Space.archived_at.is_(None),
            Group.archived_at.is_(None),
        )
        .order_by(func.lower(Space.name), Space.id)
    ).all()


def own_groups(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """The groups the viewer is in, by name: where a customer space can be opened."""
    return session.execute(
        visible(GroupMember, viewer, Group.id, Group.name)
        .join(Group, Group.id == GroupMember.group_id)
        .where(GroupMember.person_id == viewer.person_id, Group.archived_at.is_(None))
        .order_by(func.lower(Group.name), Group.id)
    ).all()


def receipt(session: Session, viewer: Viewer, case_id: str) -> Case:
    """A case that may have been sent on by somebody else meanwhile, to be changed. Raises ``NotFound``."""
    return fetch(session, Case, viewer, case_id)


# What happens in the background: the system's own questions, whose answers nobody is shown


@dataclass(frozen=True)
class Place:
    """Where the story of a case is.

    ``leads_here``: it was led to the case's own department, or to no other. ``is_shared``: everyone with an inbox right
    may read it.
    """

    leads_here: bool
    is_shared: bool


@reaching_beyond_the_wall
def place_of(session: Session, found: Case) -> Place:
    """Where the story of a case is."""
    row = session.execute(
        select(Story.department_id, Space.kind)
        .join(Space, Space.id == Story.space_id)
        .where(Story.id == found.story_id)
    ).one()
    return Place(row.department_id in (None, found.department_id), row.kind == "listening")


def inbox_space(session: Session, department_id: str) -> str:
    """The id of a department's inbox."""
    return session.scalars(select(Space.id).where(Space.group_id == department_id, Space.kind == "inbox")).one()


def inbox_at(session: Session, space_id: str) -> Any:
    """The department whose inbox this space is: its id, and whether it is restricted. None for any other space."""
    return session.execute(
        select(Group.id, Group.restricted)
        .join(Space, Space.group_id == Group.id)
        .where(Space.id == space_id, Space.kind == "inbox")
    ).one_or_none()


def department_name(session: Session, department_id: str) -> str:
    """What a department is called."""
    return session.scalars(select(Group.name).where(Group.id == department_id)).one()


def routed(session: Session, story_id: str, route_id: str) -> Any:
    """Where a story was led: department_id, its inbox_id, the story's space_id, and the reason of this route.

    None where the route was withdrawn.
    """
    return session.execute(_ROUTED, {"story_id": story_id, "route_id": route_id}).one_or_none()


_ROUTED = (
    select(Story.department_id, Story.space_id, Space.id.label("inbox_id"), Route.reason)
    .join(Route, and_(Route.story_id == Story.id, Route.id == bindparam("route_id")))
    .join(Space, and_(Space.group_id == Story.department_id, Space.kind == "inbox"))
    .where(Story.id == bindparam("story_id"))
)
"""Kept, as the next two are: thousands of stories may arrive at once, and building a statement outlasts running it."""


def led_before(session: Session, story_id: str, route_id: str) -> str | None:
    """The department to which a story was led before this route."""
    return session.scalars(
        select(Route.department_id)
        .where(Route.story_id == story_id, Route.id != route_id)
        .order_by(Route.at.desc(), Route.id)
        .limit(1)
    ).first()


def last_case(session: Session, space_id: str, story_id: str) -> Case | None:
    """The case of a story in a department: the open one, else that which was opened last."""
    return session.scalars(_LAST_CASE, {"inbox_id": space_id, "story_id": story_id}).first()


_LAST_CASE = (
    select(Case)
    .where(Case.space_id == bindparam("inbox_id"), Case.story_id == bindparam("story_id"))
    .order_by(Case.state.in_(OPEN).desc(), Case.opened_at.desc())
    .limit(1)
)


def last_cases(session: Session, story_id: str) -> list[Case]:
    """The last case of a story in the department it was led to; those beside it are left alone."""
    cases = session.scalars(
        select(Case)
        .join(Story, and_(Story.id == Case.story_id, Story.department_id == Case.department_id))
        .where(Case.story_id == story_id)
        .order_by(Case.state.in_(OPEN).desc(), Case.opened_at.desc())
        .limit(1)
    )
    return list(cases)


def case_in_same_thread(session: Session, space_id: str, story_id: str) -> Case | None:
    """The last case of this inbox about another story in which the same author spoke in the same thread."""
    rows = session.execute(_BY_SAME_AUTHOR, {"inbox_id": space_id, "story_id": story_id})
    return next((row.Case for row in rows if thread_of(row.new_url) == thread_of(row.old_url)), None)


_New, _Old = aliased(Mention), aliased(Mention)
_BY_SAME_AUTHOR = (
    select(Case, _New.url.label("new_url"), _Old.url.label("old_url"))
    .join(_Old, _Old.story_id == Case.story_id)
    .join(_New, and_(_New.author_id == _Old.author_id, _New.story_id == bindparam("story_id")))
    .where(
        Case.space_id == bindparam("inbox_id"),
        Case.story_id != bindparam("story_id"),
        Case.state == "resolved",
        _New.url.is_not(None),
        _Old.url.is_not(None),
    )
    .order_by(Case.closed_at.desc())
    .limit(50)
)


def thread_of(url: str) -> str:
    """What addresses of one conversation share: all but the fragment and what names a post or page within it."""
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query) if pair[0].lower() not in WITHIN_A_THREAD]
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}?{urlencode(kept)}"


WITHIN_A_THREAD = ("p", "post", "postid", "page", "comment", "commentid", "lc", "reply")


def has_spoken_before(session: Session, story_id: str, mention_id: str) -> bool:
    """Whether the author of a mention said something else in the same story."""
    author_id = select(Mention.author_id).where(Mention.id == mention_id).scalar_subquery()
    return (
        session.scalars(
            select(Mention.id)
            .where(Mention.story_id == story_id, Mention.id != mention_id, Mention.author_id == author_id)
            .limit(1)
        ).first()
        is not None
    )


def is_in(session: Session, story_id: str, space_id: str) -> bool:
    """Whether a story lives in this space."""
    return session.scalar(select(Story.space_id).where(Story.id == story_id)) == space_id


def join_stories(session: Session, story_id: str, into_id: str) -> None:
    """Let what was said in one story stand in another of the same space; the first is no more."""
    session.execute(update(Mention).where(Mention.story_id == story_id).values(story_id=into_id))
    session.execute(delete(Story).where(Story.id == story_id))


# Changing


def keep_route(session: Session, found: Case, route_id: str | None) -> None:
    """Note by which routing a case was sent on."""
    session.execute(update(Case).where(Case.id == found.id).values(route_id=route_id))
    session.expire(found)


def change(session: Session, found: Case, values: dict[str, Any], seen: int = 0) -> bool:
    """Change a case that is still as it was seen. False where somebody was quicker.

    ``seen`` is the version that was on somebody's screen; with 0 it is the version that was just loaded.
    """
    changed = session.execute(
        update(Case)
        .where(Case.id == found.id, Case.version == (seen or found.version), Case.state == found.state)
        .values(version=Case.version + 1, **values)
        .returning(Case.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    session.expire(found)
    return changed is not None


def open_case_of(session: Session, space_id: str, story_id: str) -> Case | None:
    """The open case of a story in a department, if there is one."""
    return session.scalars(
        select(Case).where(Case.space_id == space_id, Case.story_id == story_id, Case.state.in_(OPEN))
    ).first()


def cases_of_story(session: Session, story_id: str) -> list[Case]:
    """All cases of a story, newest first, for those who look after them in the background."""
    return list(session.scalars(select(Case).where(Case.story_id == story_id).order_by(Case.opened_at.desc())))


def open_cases_owned_by(session: Session, person_id: str) -> list[Case]:
    """What a person has claimed and not finished."""
    return list(session.scalars(select(Case).where(Case.owner_id == person_id, Case.state.in_(("claimed", "waiting")))))


def is_working_here(session: Session, person_id: str, space_id: str) -> bool:
    """Whether a person has the inbox right and can sign in."""
    return (
        session.scalar(
            select(SpaceMember.person_id)
            .join(Person, Person.id == SpaceMember.person_id)
            .where(
                SpaceMember.space_id == space_id,
                SpaceMember.person_id == person_id,
                SpaceMember.ends_at > now(),
                Person.deactivated_at.is_(None),
            )
        )
        is not None
    )


def mentions_of(session: Session, story_id: str) -> list[Mention]:
    """Everything said in a story, the first said first."""
    return list(
        session.scalars(select(Mention).where(Mention.story_id == story_id).order_by(Mention.said_at, Mention.id))
    )
