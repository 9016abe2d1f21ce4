"""The tables the wall is made of: people, organisations, groups, spaces, and who is in them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    func,
    literal,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import FOREVER, now
from portal.core.database import Base, Id, NewId

DEPARTMENTS = ("service", "product", "hr", "logistics", "sales", "marketing")
"""The departments a mention can be routed to."""


class Organisation(Base):
    """A customer's company. ``domains`` are its mail domains, lower case, separated by spaces.

    ``only_its_domains``: nobody with an address elsewhere is invited as one of its people.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("tier in ('', 'bronze', 'silver', 'gold')", name="tier"),
        CheckConstraint("domains <> '' or not only_its_domains", name="only_domains_it_has"),
    )

    id: Mapped[NewId]
    name: Mapped[str] = mapped_column(String(120))
    tier: Mapped[str] = mapped_column(String(10), default="")
    domains: Mapped[str] = mapped_column(default="")
    only_its_domains: Mapped[bool] = mapped_column(default=False)
    timezone: Mapped[str] = mapped_column(String(60), default="UTC")
    owner_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id", use_alter=True))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Person(Base):
    """Anyone who can sign in. ``kind`` never changes, and neither does a customer's organisation.

    A customer who left their company (``left_at``) is ended for good: their address is free for whoever has it next.
    """

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("id", "kind"),
        CheckConstraint("kind in ('employee', 'customer')", name="kind"),
        CheckConstraint("kind = 'employee' or not is_admin", name="customers_administer_nothing"),
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        CheckConstraint("left_at is null or deactivated_at is not null", name="who_left_is_ended"),
    )

    id: Mapped[NewId]
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    title: Mapped[str] = mapped_column(String(120), default="")
    department: Mapped[str] = mapped_column(String(120), default="")
    about: Mapped[str] = mapped_column(default="")
    timezone: Mapped[str] = mapped_column(String(60), default="UTC")
    theme: Mapped[str] = mapped_column(String(10), default="")
    photo_key: Mapped[str | None] = mapped_column(String(200))
    organisation_id: Mapped[Id | None] = mapped_column(ForeignKey("organisation.id"))
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_demo: Mapped[bool] = mapped_column(default=False)
    deactivated_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    @hybrid_property
    def photo_url(self) -> str | None:
        """The address of the photo, which changes with it, None without one. In a SELECT it is a column."""
        return photo_address(self.id, self.photo_key)

    @photo_url.inplace.expression
    @classmethod
    def _photo_url_column(cls) -> ColumnElement[Any]:
        # A NULL key makes the whole address NULL.
        return literal("/people/") + cls.id + "/photo?" + func.substr(cls.photo_key, 8, 6)


def photo_address(person_id: str | None, photo_key: str | None) -> str | None:
    """Where a person's photo is served. The key's first characters make a browser fetch a new one."""
    return None if photo_key is None else f"/people/{person_id}/photo?{photo_key[7:13]}"


class Group(Base):
    """Employees working together. A department is a group with a ``department`` key and an inbox."""

    __tablename__ = "groups"
    __table_args__ = (
        CheckConstraint("joining in ('open', 'request', 'invite')", name="joining"),
        CheckConstraint("department is null or joining = 'invite'", name="departments_are_by_invitation"),
        CheckConstraint("department is not null or not restricted", name="only_departments_are_restricted"),
        CheckConstraint("purpose <> ''", name="has_a_purpose"),
    )

    id: Mapped[NewId]
    name: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str]
    joining: Mapped[str] = mapped_column(String(10))
    department: Mapped[str | None] = mapped_column(String(20), unique=True)
    restricted: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))


class GroupMember(Base):
    """An employee in a group. ``inbox_right`` is given by a lead; joining never gives it."""

    __tablename__ = "group_member"
    __table_args__ = (
        ForeignKeyConstraint(["person_id", "person_kind"], ["person.id", "person.kind"]),
        CheckConstraint("person_kind = 'employee'", name="employees_only"),
        CheckConstraint("role in ('member', 'lead')", name="role"),
        Index("ix_group_member_person_id", "person_id"),
    )

    group_id: Mapped[Id] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[Id] = mapped_column(primary_key=True)
    person_kind: Mapped[str] = mapped_column(String(10), default="employee")
    role: Mapped[str] = mapped_column(String(10), default="member")
    inbox_right: Mapped[bool] = mapped_column(default=False)
    on_duty: Mapped[bool] = mapped_column(default=True)
    joined_at: Mapped[datetime] = mapped_column(default=now)


class Space(Base):
    """Where content lives: a tab of its group, or one of the company's own (listening, triage, aside).

    ``audience`` never changes. A side space names the customer space it is paired with. What the customers of a
    customer space may do and see of each other is chosen by its leads: ``shows_addresses`` and what follows it.
    """

    __tablename__ = "space"
    __table_args__ = (
        UniqueConstraint("id", "audience"),
        UniqueConstraint("paired_with"),
        CheckConstraint("kind in ('team', 'customers', 'side', 'inbox', 'listening', 'triage', 'aside')", name="kind"),
        CheckConstraint("(kind = 'customers') = (audience = 'customers')", name="audience_follows_kind"),
        CheckConstraint("audience in ('internal', 'customers')", name="audience"),
        CheckConstraint("(kind = 'side') = (paired_with is not null)", name="side_is_paired"),
        CheckConstraint("(group_id is null) = (kind in ('listening', 'triage', 'aside'))", name="belongs_to_a_group"),
        Index("ix_space_group_id", "group_id"),
    )

    id: Mapped[NewId]
    group_id: Mapped[Id | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(12))
    audience: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str] = mapped_column(default="")
    paired_with: Mapped[Id | None] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    shows_addresses: Mapped[bool] = mapped_column(default=False)
    first_names_only: Mapped[bool] = mapped_column(default=False)
    customers_ask_colleagues_in: Mapped[bool] = mapped_column(default=False)
    customers_upload: Mapped[bool] = mapped_column(default=True)
    customers_download: Mapped[bool] = mapped_column(default=True)


class SpaceOrganisation(Base):
    """An organisation whose people a customer space was opened for."""

    __tablename__ = "space_organisation"

    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[Id] = mapped_column(ForeignKey("organisation.id"), primary_key=True)


class SpaceMember(Base):
    """The one row that lets a person see a space, until ``ends_at``.

    The composite keys carry the person's kind and the space's audience here, so that the database itself refuses
    a customer in an internal space. A customer's ``sponsor_id`` is their host, whom they may ask
    (``renewal_asked_at``) to renew a time that has ended. A customer who is co-host welcomes others and keeps order.
    ``visited_on`` is the day (UTC) on which they were last in a customer space; see ``groups/visits.py``.
    """

    __tablename__ = "space_member"
    __table_args__ = (
        ForeignKeyConstraint(["person_id", "person_kind"], ["person.id", "person.kind"]),
        ForeignKeyConstraint(["space_id", "audience"], ["space.id", "space.audience"], ondelete="CASCADE"),
        CheckConstraint("person_kind = 'employee' or audience = 'customers'", name="the_wall"),
        CheckConstraint("person_kind = 'employee' or sponsor_id is not null", name="customers_have_a_host"),
        CheckConstraint("person_kind = 'customer' or not is_cohost", name="cohosts_are_customers"),
        Index("ix_space_member_person_id", "person_id", "space_id", "ends_at"),
    )

    space_id: Mapped[Id] = mapped_column(primary_key=True)
    person_id: Mapped[Id] = mapped_column(primary_key=True)
    person_kind: Mapped[str] = mapped_column(String(10))
    audience: Mapped[str] = mapped_column(String(10))
    ends_at: Mapped[datetime] = mapped_column(default=FOREVER)
    sponsor_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    renewal_asked_at: Mapped[datetime | None]
    joined_at: Mapped[datetime] = mapped_column(default=now)
    is_cohost: Mapped[bool] = mapped_column(default=False)
    visited_on: Mapped[date | None]


class Deputy(Base):
    """Who stands in for an employee as a host. Until ``away_until`` they are told what the host is told."""

    __tablename__ = "deputy"
    __table_args__ = (
        CheckConstraint("person_id <> deputy_id", name="somebody_else"),
        Index("ix_deputy_deputy_id", "deputy_id"),
    )

    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    deputy_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    away_until: Mapped[datetime | None]


class EmergencyAccess(Base):
    """An administrator reads a group's spaces until ``ends_at``, for a stated reason, and is a member of none of them.

    ``space_id`` is the group's team space: its members see this row. ``is_over``: that it ended was told.
    """

    __tablename__ = "emergency_access"
    __table_args__ = (
        ForeignKeyConstraint(["person_id", "person_kind"], ["person.id", "person.kind"]),
        CheckConstraint("person_kind = 'employee'", name="employees_only"),
        CheckConstraint("reason <> ''", name="has_a_reason"),
        CheckConstraint("ends_at >= began_at", name="ends_after_it_began"),
        Index("ix_emergency_access_person_id", "person_id", "ends_at"),
        Index("ix_emergency_access_space_id", "space_id", "ends_at"),
        Index("ix_emergency_access_group_id", "group_id"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    group_id: Mapped[Id] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    person_id: Mapped[Id]
    person_kind: Mapped[str] = mapped_column(String(10), default="employee")
    reason: Mapped[str]
    began_at: Mapped[datetime] = mapped_column(default=now)
    ends_at: Mapped[datetime]
    ended_by: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    is_over: Mapped[bool] = mapped_column(default=False)
