"""What is the demo's, and what hangs on it, in every table; and how all of it is deleted.

The foreign keys say what hangs on what. A row whose key may be empty is kept with the key emptied, unless that would
tell an untruth (``FOLLOWED``); every other row goes with what it hangs on.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, delete, func, not_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from portal.access.membership import company_spaces
from portal.access.models import Group, Organisation, Person, Space, SpaceMember
from portal.accounts.models import Mail, Terms
from portal.core import company
from portal.core.database import Base
from portal.core.models import CompanySetting, EventRow
from portal.demo.people import COMPANY_NAME, INVITED
from portal.demo.telling import ZONE
from portal.files.models import FileUse
from portal.listening.models import Author, Contact, Mention, Source, Story
from portal.posts.models import Comment, Post
from portal.routing.models import Rule
from portal.search.queries import move_story

FOLLOWED = {("correction", "person_id"), ("route", "department_id"), ("notice", "actor_id")}
"""Keys that may be empty, of rows that go all the same: what the demo's people taught, routes to nowhere, and notices
about what nobody did."""

CHUNK = 500
"""Keys in one statement: databases take no endless lists."""

Key = tuple[Any, ...]


class Doomed:
    """The rows that go, by table and primary key, found by following the foreign keys from the first ones."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.keys: dict[str, set[Key]] = defaultdict(set)
        self._hanging: dict[tuple[str, str], dict[str, dict[Any, list[Key]]]] = {}

    def add(self, table: str, ids: Iterable[Any]) -> None:
        """Doom the rows of a table with these ids, and everything that hangs on them."""
        waiting: list[tuple[str, Key]] = [(table, (each,)) for each in ids]
        while waiting:
            name, key = waiting.pop()
            if key in self.keys[name]:
                continue
            self.keys[name].add(key)
            for child, column in _followers(name):
                waiting += [(child, each) for each in self._children(child, column).get(key[0], [])]

    def _children(self, child: str, column: str) -> dict[Any, list[Key]]:
        known = self._hanging.get((child, column))
        if known is None:
            table = Base.metadata.tables[child]
            found: dict[Any, list[Key]] = defaultdict(list)
            for row in self._session.execute(select(table.c[column], *table.primary_key.columns)):
                if row[0] is not None:
                    found[row[0]].append(tuple(row[1:]))
            known = self._hanging[child, column] = found  # type: ignore[assignment]
        return known  # type: ignore[return-value]

    def ids(self, table: str) -> set[Any]:
        """The ids of a table's rows that go."""
        return {key[0] for key in self.keys[table]}


def _followers(parent: str) -> Iterator[tuple[str, str]]:
    for constraint, column in _keys_to(parent):
        if _goes_along(constraint, column):
            yield column.table.name, column.name


def _keys_to(parent: str) -> Iterator[tuple[ForeignKeyConstraint, Column[Any]]]:
    """Every foreign key to a table, with its column that holds the parent's key."""
    for table in Base.metadata.tables.values():
        for constraint in table.foreign_key_constraints:
            for element in constraint.elements:
                if element.column.table.name == parent and element.column.name in ("id", "version"):
                    yield constraint, element.parent


def _goes_along(constraint: ForeignKeyConstraint, column: Column[Any]) -> bool:
    named = (column.table.name, column.name)
    return constraint.ondelete == "CASCADE" or not column.nullable or named in FOLLOWED


def bring_back_what_is_real(session: Session) -> None:
    """Move real people's stories out of the demo's inboxes to where everything is heard, before those go.

    Something private stays and goes with its inbox: where everything is heard, others would read it.
    """
    people = select(Person.id).where(Person.is_demo)
    inboxes = select(Space.id).join(Group).where(Group.created_by.in_(people), Space.kind == "inbox")
    theirs = select(Source.id).where(Source.created_by.in_(people), Source.kind != "heard")
    recorded_by_them = Mention.recorded_by.is_not(None) & Mention.recorded_by.in_(people)
    kept_private = select(Mention.story_id).where(Mention.private)
    real = select(Mention.story_id).where(
        Mention.space_id.in_(inboxes),
        Mention.source_id.not_in(theirs),
        not_(recorded_by_them),
        Mention.story_id.not_in(kept_private),
    )
    for story_id in session.scalars(real.distinct()).all():
        heard = company_spaces(session)["listening"].id
        session.execute(update(Story).where(Story.id == story_id).values(space_id=heard))
        move_story(session, story_id)


def all_that_is_the_demos(session: Session) -> Doomed:
    """Every row of the demo, and every row that hangs on one."""
    doomed = Doomed(session)
    people = set(session.scalars(select(Person.id).where(Person.is_demo)))
    addresses = set(session.scalars(select(Person.email).where(Person.is_demo)))
    for model, by in ((Group, Group.created_by), (Organisation, Organisation.owner_id), (Rule, Rule.created_by)):
        doomed.add(model.__tablename__, session.scalars(select(model.id).where(by.in_(people))))
    sources = select(Source.id).where(Source.created_by.in_(people), Source.kind != "heard")
    doomed.add("source", session.scalars(sources))
    doomed.add("mention", session.scalars(select(Mention.id).where(Mention.recorded_by.in_(people))))
    doomed.add("terms", session.scalars(select(Terms.version).where(Terms.set_by.in_(people))))
    doomed.add("person", people)
    invited = [customer.email for customer in INVITED]
    doomed.add("mail", session.scalars(select(Mail.id).where(Mail.recipient.in_([*addresses, *invited]))))
    _add_what_is_left_alone(session, doomed)
    _add_index(session, doomed)
    _add_events(session, doomed)
    return doomed


def _add_what_is_left_alone(session: Session, doomed: Doomed) -> None:
    """Stories without mentions, authors and contacts who said nothing, and company spaces with nothing in them."""
    doomed.add("story", _childless(session, doomed, Story.id, Mention.story_id, "mention"))
    doomed.add("author", _childless(session, doomed, Author.id, Mention.author_id, "mention"))
    doomed.add("contact", _childless(session, doomed, Contact.id, Author.contact_id, "author"))
    recorded = set(session.scalars(select(Source.id).where(Source.kind == "heard")))
    doomed.add("source", recorded & _childless(session, doomed, Source.id, Mention.source_id, "mention"))
    for space_id in session.scalars(select(Space.id).where(Space.group_id.is_(None))):
        if not any(_left_in(session, doomed, model, space_id) for model in (Source, Story, Mention, Rule)):
            doomed.add("space", [space_id])


def _childless(session: Session, doomed: Doomed, parent_id: Any, child_parent_id: Any, child: str) -> set[str]:
    child_id = Base.metadata.tables[child].c.id
    going = doomed.ids(child)
    staying = {row[1] for row in session.execute(select(child_id, child_parent_id)) if row[0] not in going}
    return set(session.scalars(select(parent_id))) - staying


def _left_in(session: Session, doomed: Doomed, model: Any, space_id: str) -> bool:
    going = doomed.ids(model.__tablename__)
    return any(each not in going for each in session.scalars(select(model.id).where(model.space_id == space_id)))


def _add_index(session: Session, doomed: Doomed) -> None:
    gone = doomed.ids("post") | doomed.ids("comment") | doomed.ids("mention")
    table = Base.metadata.tables["search_document"]
    rows = session.execute(select(table.c.number, table.c.target_id))
    doomed.add("search_document", [row.number for row in rows if row.target_id in gone])


def _add_events(session: Session, doomed: Doomed) -> None:
    gone = {key[0] for keys in doomed.keys.values() for key in keys}
    rows = session.execute(select(EventRow.id, EventRow.actor_id, EventRow.space_id, EventRow.data))
    doomed.add(
        "event", [row.id for row in rows if not gone.isdisjoint({row.actor_id, row.space_id, *_texts(row.data)})]
    )


def _texts(data: dict[str, Any]) -> set[str]:
    return {value for value in data.values() if isinstance(value, str)}


def photos(session: Session, doomed: Doomed) -> list[str]:
    """The keys of the stored photos that nobody needs any more."""
    keys: list[str | None] = []
    for ids in _chunks(doomed.ids("person")):
        keys += session.scalars(select(Person.photo_key).where(Person.id.in_(ids)))
    return [key for key in keys if key]


def take_away(session: Session, doomed: Doomed) -> int:
    """Delete every doomed row. What stays and named one of them names nobody any more. Returns how many went."""
    for ids in _chunks(doomed.ids("comment")):
        accepted = Post.accepted_comment_id.in_(ids)
        session.execute(update(Post).where(accepted).values(accepted_comment_id=None, status="open"))
    for ids in _chunks(doomed.ids("groups")):
        session.execute(update(Story).where(Story.department_id.in_(ids)).values(led_to="triage", department_id=None))
    for ids in _chunks(doomed.ids("post")):
        session.execute(delete(FileUse).where(FileUse.post_id.in_(ids)))
    for table in reversed(Base.metadata.sorted_tables):
        _let_go(session, doomed, table.name)
        for keys in _chunks(doomed.keys[table.name]):
            session.execute(delete(table).where(tuple_(*table.primary_key.columns).in_(keys)))
    _forget_names(session)
    _count_anew(session)
    return sum(len(keys) for keys in doomed.keys.values())


def _let_go(session: Session, doomed: Doomed, parent: str) -> None:
    """Empty the keys of what stays; what hangs on this table's rows has been deleted by now."""
    if parent == "person":
        _give_hosts(session, doomed)
    for constraint, column in _keys_to(parent):
        if not _goes_along(constraint, column):
            for ids in _chunks(doomed.ids(parent)):
                session.execute(update(column.table).where(column.in_(ids)).values({column.name: None}))


def _give_hosts(session: Session, doomed: Doomed) -> None:
    """Customers whose host goes, in a space that stays, get a colleague who stays; without one they leave it."""
    staff = aliased(SpaceMember)
    colleague = (
        select(func.min(staff.person_id))
        .where(staff.space_id == SpaceMember.space_id, staff.person_kind == "employee")
        .scalar_subquery()
    )
    for ids in _chunks(doomed.ids("person")):
        hosted = SpaceMember.sponsor_id.in_(ids)
        session.execute(delete(SpaceMember).where(hosted, colleague.is_(None)))
        session.execute(update(SpaceMember).where(hosted).values(sponsor_id=colleague))


def _forget_names(session: Session) -> None:
    session.execute(delete(CompanySetting).where(CompanySetting.key == company.DEMO))
    for key, value in ((company.COMPANY_NAME, COMPANY_NAME), (company.TIMEZONE, ZONE)):
        if company.setting(session, key) == value:
            session.execute(delete(CompanySetting).where(CompanySetting.key == key))


def _count_anew(session: Session) -> None:
    """Threads and stories of real people count what is left of them."""
    comments = select(func.count()).where(Comment.post_id == Post.id, Comment.deleted_at.is_(None)).scalar_subquery()
    session.execute(update(Post).values(comment_count=comments))
    people = select(func.count(Mention.author_id.distinct())).where(Mention.story_id == Story.id).scalar_subquery()
    session.execute(update(Story).values(said_by=people))


def _chunks(values: Collection[Any]) -> Iterator[list[Any]]:
    listed = sorted(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
