"""The people of the two worlds, where they are at the end of the story, and whose eyes the proof looks through."""

from dataclasses import dataclass

from tests.wall.oracle import Facts

VIEWERS = {
    "jo": "a customer",
    "kim": "a customer of another organisation in the same space",
    "fay": "a customer who was removed",
    "eli": "a customer whose invitations have ended",
    "nils": "an employee outside the group",
    "otto": "a former member of the group",
    "lars": "a member of another department, with its inbox right",
    "ada": "an administrator who is in no group",
    "eva": "an administrator who reads a group in an emergency",
    "lent": "an employee who looks through a customer's eyes",
    "ivy": "somebody signed out who holds an invitation",
    "nobody": "a signed-out visitor",
}

EMPLOYEES = ("mara", "ben", "otto", "nora", "pat", "sue", "lars", "hanna", "nils", "gus", "ada", "eva")
ADMINISTRATORS = ("ada", "eva")
LENT = {"lent": ("mara", "jo", "harbour")}
"""Who looks as which customer, and in which space."""

LOOKING_ON = (*LENT, "eva")
"""Who only looks: their open pages are told nothing of what happens, and no words are written by them."""

READ = {"ada": "orchard", "eva": "pumps"}
"""Which group an administrator reads in an emergency: ada's time is over, eva's is running."""

CUSTOMERS = {"jo": "harbour", "kim": "alder", "fay": "harbour", "eli": "harbour", "zoe": "delta"}


@dataclass(frozen=True)
class Circle:
    """A group: who leads it, who is in it, and how one joins."""

    lead: str
    members: tuple[str, ...]
    joining: str = "invite"
    department: str | None = None
    restricted: bool = False


GROUPS = {
    "orchard": Circle("mara", ("ben",)),
    "pumps": Circle("nora", ("pat",)),
    "club": Circle("lars", ("nils", "otto", "gus"), joining="open"),
    "board": Circle("gus", ("pat",), joining="request"),
    "service": Circle("sue", ("ben",), department="service"),
    "logistics": Circle("lars", ("pat",), department="logistics"),
    "hr": Circle("hanna", ("nora",), department="hr", restricted=True),
}


@dataclass(frozen=True)
class CustomerSpace:
    group: str
    host: str
    staff: tuple[str, ...]
    customers: tuple[str, ...]
    ended: tuple[str, ...] = ()
    first_names_only: bool = False
    cohosts: tuple[str, ...] = ()


SPACES = {
    "harbour": CustomerSpace(
        "orchard", "mara", ("ben",), ("jo", "kim"), ("fay", "eli"), first_names_only=True, cohosts=("jo",)
    ),
    "quay": CustomerSpace("pumps", "nora", (), ("zoe",), ("eli",)),
    "pier": CustomerSpace("club", "lars", ("gus",), ("jo",)),
}


def facts() -> Facts:
    """What is so at the end of the story."""
    found = Facts(
        employees=set(EMPLOYEES),
        administrators=set(ADMINISTRATORS),
        organisation=dict(CUSTOMERS),
        lent={name: (customer, space) for name, (_, customer, space) in LENT.items()},
        once_read={name: {group} for name, group in READ.items()},
    )
    for name, group in GROUPS.items():
        members = {group.lead, *group.members}
        found.members[name] = set(members)
        found.inside[f"{name}/team"] = set(members)
        if group.department:
            found.departments.add(name)
            found.inside[f"{name}/inbox"] = set(members)
        if group.joining != "invite":
            found.listed.add(name)
    reviewers = {person for name, group in GROUPS.items() if group.department for person in found.members[name]}
    for name in ("listening", "triage", "aside"):
        found.inside[name] = set(reviewers)
    for name, space in SPACES.items():
        found.inside[name] = {space.host, *space.staff, *space.customers}
        found.inside[f"{name}/side"] = {space.host, *space.staff}
        found.leads[f"{name}/side"] = {GROUPS[space.group].lead}
        if space.first_names_only:
            found.first_names.add(name)
        for customer in (*space.customers, *space.ended):
            found.hosts.setdefault(customer, {})[name] = space.host
    found.hosts["ivy"] = {"harbour": "mara"}
    for place in places_of(READ["eva"]):
        found.inside[place].add("eva")
    return found


def places_of(group: str) -> list[str]:
    """The spaces of a group that is no department."""
    customers = [name for name, space in SPACES.items() if space.group == group]
    return [f"{group}/team", *(place for name in customers for place in (name, f"{name}/side"))]
