"""What a customer is shown of other customers: in a space whose leads chose so, first name and organisation alone.

It holds for customers of other organisations; staff and one's own colleagues see whole names. Every statement that
shows a customer a person takes the person's columns from here.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, literal, null, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import String

from portal.access.models import Organisation, Person, Space, SpaceMember
from portal.access.viewer import Viewer
from portal.access.wall import membership_of, within
from portal.core.database import PRESENT


class first_word(FunctionElement[str]):  # noqa: N801  (it is written like a function of the database)
    """The first word of a text: of a name, the first name."""

    type = String()
    inherit_cache = True
    name = "first_word"


@compiles(first_word)
def _first_word_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    return f"substr({text}, 1, instr({text} || ' ', ' ') - 1)"


@compiles(first_word, "postgresql")
def _first_word_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"split_part({compiler.process(element.clauses, **options)}, ' ', 1)"


def is_shortened(viewer: Viewer, space_id: Any, person: Any = Person) -> ColumnElement[bool]:
    """THE RULE: whether this person is shown to the viewer by first name and organisation alone, in this space.

    Without a space (``space_id`` is None), whether that holds in every space that the two share.
    """
    if not viewer.is_customer:
        return false()
    me, place = aliased(Person), aliased(Space)
    my_organisation = select(me.organisation_id).where(me.id == viewer.person_id).scalar_subquery()
    is_colleague = func.coalesce(person.organisation_id == my_organisation, false())
    if space_id is None:
        hides = ~_shares_a_space_with_whole_names(viewer, person)
    else:
        hides = exists().where(place.id == space_id, place.first_names_only)
    return and_(person.kind == "customer", person.id != viewer.person_id, ~is_colleague, hides)


def _shares_a_space_with_whole_names(viewer: Viewer, person: Any, *conditions: Any) -> ColumnElement[bool]:
    mine, theirs, shared = membership_of(viewer), aliased(SpaceMember), aliased(Space)
    return exists().where(
        shared.id == theirs.space_id,
        ~shared.first_names_only,
        theirs.person_id == person.id,
        theirs.ends_at > PRESENT,
        mine.space_id == theirs.space_id,
        mine.person_id == viewer.person_id,
        mine.ends_at > PRESENT,
        *within(mine, viewer),
        *[condition(shared) for condition in conditions],
    )


def name_of(viewer: Viewer, space_id: Any, person: Any = Person) -> ColumnElement[str]:
    """The person's name as the viewer may know it there. For where the organisation stands beside it."""
    return _as_known(viewer, space_id, person, person.name, first_word(person.name))


def name_alone(viewer: Viewer, space_id: Any, person: Any = Person) -> ColumnElement[str]:
    """The same where nothing stands beside it: "Jo (Harbour Foods)" where it is shortened."""
    if not viewer.is_customer:
        return person.name  # type: ignore[no-any-return]
    company = select(Organisation.name).where(Organisation.id == person.organisation_id).scalar_subquery()
    with_company = first_word(person.name).concat(func.coalesce(literal(" (").concat(company).concat(")"), ""))
    return _as_known(viewer, space_id, person, person.name, with_company)


def title_of(viewer: Viewer, space_id: Any, person: Any = Person) -> ColumnElement[str]:
    """What the person does, where the viewer may know it."""
    return _as_known(viewer, space_id, person, person.title, literal(""))


def photo_key_of(viewer: Viewer, space_id: Any, person: Any = Person) -> ColumnElement[str | None]:
    """The key of the person's photo, where the viewer may see their face."""
    return _as_known(viewer, space_id, person, person.photo_key, null())


def photo_url_of(viewer: Viewer, space_id: Any, person: Any = Person) -> ColumnElement[str | None]:
    """The address of the person's photo, where the viewer may see their face."""
    return _as_known(viewer, space_id, person, person.photo_url, null())


def _as_known(viewer: Viewer, space_id: Any, person: Any, whole: Any, shortened: Any) -> ColumnElement[Any]:
    if not viewer.is_customer:
        return whole  # type: ignore[no-any-return]
    return case((is_shortened(viewer, space_id, person), shortened), else_=whole)


def address_is_open(viewer: Viewer, person: Any = Person) -> ColumnElement[bool]:
    """Whether the viewer may know the person's mail address: customers learn those of other companies' people only
    where they share a space whose leads chose so."""
    if not viewer.is_customer:
        return literal(True)
    me = aliased(Person)
    my_organisation = select(me.organisation_id).where(me.id == viewer.person_id).scalar_subquery()
    return or_(
        person.kind == "employee",
        person.id == viewer.person_id,
        func.coalesce(person.organisation_id == my_organisation, false()),
        _shares_a_space_with_whole_names(viewer, person, lambda shared: shared.shows_addresses),
    )
