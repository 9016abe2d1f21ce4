"""Who may see what, said a second time: plain Python over plain facts, which knows nothing of ``portal.access``."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Item:
    """Something somebody wrote or is. ``place`` is where it stands: a space, a group, or the person it belongs to.

    ``by`` is whose it is besides: who asked, who was reported, who reads a group in an emergency.
    """

    kind: str
    place: str
    by: str = ""


@dataclass(frozen=True)
class Facts:
    """What is so: who works here, who is where now, and which group may be known by name to whom."""

    employees: set[str] = field(default_factory=set)
    administrators: set[str] = field(default_factory=set)
    inside: dict[str, set[str]] = field(default_factory=dict)
    """Who is in a space now."""
    members: dict[str, set[str]] = field(default_factory=dict)
    """Who is in a group now."""
    leads: dict[str, set[str]] = field(default_factory=dict)
    """Who leads the group of a space."""
    listed: set[str] = field(default_factory=set)
    """Groups that every employee knows by name: those one may join or ask to join."""
    departments: set[str] = field(default_factory=set)
    """Groups that every employee knows by name because mentions are led to them."""
    organisation: dict[str, str] = field(default_factory=dict)
    """Where a customer works."""
    hosts: dict[str, dict[str, str]] = field(default_factory=dict)
    """Who answers for a customer, by space."""
    first_names: set[str] = field(default_factory=set)
    """Spaces in which customers of several organisations are shown by first name and organisation."""
    lent: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Whose eyes somebody looks through, and in which space."""
    once_read: dict[str, set[str]] = field(default_factory=dict)
    """The groups that somebody reads in an emergency, or once did: they know the name."""


def may_see(viewer: str, item: Item, facts: Facts) -> bool:
    """Whether this person may see this. Nobody who is signed out sees anything; unknown kinds are seen by nobody."""
    if viewer in facts.lent:
        customer, place = facts.lent[viewer]
        return item.kind in ("words", "person", "name", "organisation") and may_see(
            customer, item, within(facts, place)
        )
    is_employee, is_administrator = viewer in facts.employees, viewer in facts.administrators
    is_inside = viewer in facts.inside.get(item.place, ())
    is_member = viewer in facts.members.get(item.place, set()) | facts.inside.get(f"{item.place}/team", set())
    match item.kind:
        case "words":
            return is_inside
        case "asking" | "emergency":
            return is_inside or viewer == item.by
        case "report":
            return is_inside and viewer in facts.leads.get(item.place, ()) and viewer != item.by
        case "group":
            return is_employee and (
                item.place in facts.listed or is_member or item.place in facts.once_read.get(viewer, ())
            )
        case "department" | "deputy":
            return is_employee
        case "purpose":
            is_led_to = item.place in facts.departments and is_administrator
            return is_employee and (item.place in facts.listed or is_member or is_led_to)
        case "person":
            return _knows(viewer, item.place, facts)
        case "name":
            return _knows(viewer, item.place, facts) and not _by_first_name(viewer, item.place, facts)
        case "organisation":
            theirs = {viewer, *(other for place in _shared(viewer, facts) for other in facts.inside[place])}
            return is_employee or item.place in {facts.organisation.get(each) for each in theirs}
        case "terms":
            return viewer in facts.organisation or is_administrator
        case "source" | "rule":
            return is_inside or (item.place == "listening" and is_administrator)
        case "personal":
            return viewer == item.place
    return False


def within(facts: Facts, place: str) -> Facts:
    """The same, as if this were the only space."""
    hosts = {each: {place: found[place]} for each, found in facts.hosts.items() if place in found}
    return replace(facts, inside={place: facts.inside[place]}, hosts=hosts)


def _knows(viewer: str, other: str, facts: Facts) -> bool:
    is_colleague = viewer in facts.employees and (other in facts.employees or viewer in facts.administrators)
    is_host = other in facts.hosts.get(viewer, {}).values()
    return viewer == other or is_colleague or is_host or any(_shared(viewer, facts, other))


def _by_first_name(viewer: str, other: str, facts: Facts) -> bool:
    theirs, mine = facts.organisation.get(other), facts.organisation.get(viewer)
    return None not in (theirs, mine) and theirs != mine and facts.first_names.issuperset(_shared(viewer, facts, other))


def _shared(viewer: str, facts: Facts, other: str = "") -> Iterator[str]:
    return (place for place, people in facts.inside.items() if {viewer, other or viewer} <= people)
