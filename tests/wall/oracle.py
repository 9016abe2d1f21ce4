"""Who may see what, said a second time: plain Python over plain facts, which knows nothing of ``portal.access``."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Item:
    """Something somebody wrote or is. ``place`` is where it stands: a space, a group, or the person it belongs to."""

    kind: str
    place: str


@dataclass
class Facts:
    """What is so: who works here, who is where now, and which group may be known by name to whom."""

    employees: set[str] = field(default_factory=set)
    administrators: set[str] = field(default_factory=set)
    inside: dict[str, set[str]] = field(default_factory=dict)
    """Who is in a space now."""
    members: dict[str, set[str]] = field(default_factory=dict)
    """Who is in a group now."""
    listed: set[str] = field(default_factory=set)
    """Groups that every employee knows by name: those one may join or ask to join."""
    departments: set[str] = field(default_factory=set)
    """Groups that every employee knows by name because mentions are led to them."""
    organisation: dict[str, str] = field(default_factory=dict)
    """Where a customer works."""
    hosts: dict[str, set[str]] = field(default_factory=dict)
    """Who answers for a customer."""


def may_see(viewer: str, item: Item, facts: Facts) -> bool:
    """Whether this person may see this. Nobody who is signed out sees anything; unknown kinds are seen by nobody."""
    is_employee = viewer in facts.employees
    match item.kind:
        case "words":
            return viewer in facts.inside.get(item.place, ())
        case "group":
            return is_employee and (item.place in facts.listed or viewer in facts.members.get(item.place, ()))
        case "department":
            return is_employee
        case "purpose":
            known = item.place in facts.listed or viewer in facts.members.get(item.place, ())
            return is_employee and (known or (item.place in facts.departments and viewer in facts.administrators))
        case "person":
            return _may_see_person(viewer, item.place, facts)
        case "organisation":
            return (
                is_employee
                or facts.organisation.get(viewer) == item.place
                or any(
                    facts.organisation.get(other) == item.place
                    for other in facts.organisation
                    if any({viewer, other} <= people for people in facts.inside.values())
                )
            )
        case "source" | "rule":
            return viewer in facts.inside.get(item.place, ()) or (
                item.place == "listening" and viewer in facts.administrators
            )
        case "personal":
            return viewer == item.place
    return False


def _may_see_person(viewer: str, other: str, facts: Facts) -> bool:
    if viewer == other:
        return True
    if viewer in facts.employees and (other in facts.employees or viewer in facts.administrators):
        return True
    together = any({viewer, other} <= people for people in facts.inside.values())
    return together or other in facts.hosts.get(viewer, ())
