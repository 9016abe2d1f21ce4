"""The shapes in which the demo company is written down, and its moments: told from the day on which it is filled."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = "Europe/Berlin"

_ON_A_DAY = re.compile(r"(\d+)d (\d\d):(\d\d)")
_AGO = re.compile(r"(?:(\d+)h)? ?(?:(\d+)m)?")


def moment(told: str, present: datetime, before: datetime | None = None) -> datetime:
    """When something happened: "12d 09:40" is twelve days ago at 9:40 in Lübeck, "3h 20m" is so long ago.

    "+35m" or "+2h" is that long after ``before``. Nothing happens later than ``present``, or earlier than ``before``.
    """
    if told.startswith("+"):
        if before is None:
            raise ValueError(f"{told} follows nothing")
        happened = before + _length(told[1:])
    elif on_a_day := _ON_A_DAY.fullmatch(told):
        day = present.astimezone(ZoneInfo(ZONE)).date() - timedelta(days=int(on_a_day[1]))
        happened = datetime.combine(day, time(int(on_a_day[2]), int(on_a_day[3])), ZoneInfo(ZONE))
    else:
        happened = present - _length(told)
    if before is not None:
        happened = max(happened, before + timedelta(seconds=30))
    return min(happened, present).astimezone(present.tzinfo)


def _length(told: str) -> timedelta:
    found = _AGO.fullmatch(told)
    if not told or found is None:
        raise ValueError(f"{told!r} is no length of time")
    return timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))


@dataclass(frozen=True)
class Colleague:
    """An employee of Nordwell."""

    key: str
    name: str
    title: str
    department: str
    about: str = ""
    leads: bool = False
    is_admin: bool = False

    @property
    def email(self) -> str:
        plain = self.name.lower().translate(str.maketrans("êńłó", "enlo"))
        return f"{plain.replace(' ', '.')}@nordwell.example"


@dataclass(frozen=True)
class Customer:
    """Somebody at a customer's company, with their host and the line that invited them.

    ``days_left``: their time ends so soon; ``invited``: they were invited then, and have not come yet.
    """

    key: str
    name: str
    title: str
    email: str
    organisation: str
    host: str
    personal_line: str
    days_left: int | None = None
    invited: str = ""


@dataclass(frozen=True)
class Company:
    """A customer's company."""

    key: str
    name: str
    tier: str
    domain: str
    owner: str


@dataclass(frozen=True)
class Circle:
    """A group that is no department: its lead, and who else is in it."""

    key: str
    name: str
    purpose: str
    joining: str
    lead: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Opening:
    """A customer space: in whose group, for which company, with which of the group's members."""

    key: str
    name: str
    purpose: str
    group: str
    organisation: str
    by: str
    staff: tuple[str, ...]
    opened: str


@dataclass(frozen=True)
class Said:
    """A comment or a side note."""

    by: str
    at: str
    body: str
    accepted_by: str = ""
    thanked_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Thread:
    """A post in a group's team space, or in a customer space, and what followed. Side notes are told apart.

    ``changed`` are the first words as their author put them later. ``settled_by`` says in the end that what the
    customer wrote last, a thank-you, needs no answer.
    """

    space: str
    by: str
    at: str
    body: str
    title: str = ""
    is_question: bool = False
    thanked_by: tuple[str, ...] = ()
    comments: tuple[Said, ...] = ()
    side_notes: tuple[Said, ...] = ()
    changed: Said | None = None
    settled_by: str = ""


@dataclass(frozen=True)
class Shared:
    """A thread of colleagues, by its title, that was opened to customers as somebody put it for them."""

    thread: str
    space: str
    by: str
    at: str
    title: str
    body: str


@dataclass(frozen=True)
class Listening:
    """A source. A feed of the demo is paused from the start, so that it asks nobody.

    ``links`` is where its mentions can be read, with ``{author}`` and ``{key}``; empty where there is no such place.
    """

    key: str
    name: str
    kind: str
    url: str = ""
    links: str = ""
    track: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule of routing."""

    name: str
    track: str
    department: str
    by: str


@dataclass(frozen=True)
class Step:
    """Something that a colleague does with a case."""

    does: str
    by: str
    at: str
    words: str = ""
    link: str = ""


@dataclass(frozen=True)
class Mention:
    """Something that somebody said, to which department it belongs, and what became of it there.

    ``belongs`` is a department's key or ``none``; where the router thinks otherwise, somebody sends it there. Without
    it, it stays wherever the router put it. ``repeated_by`` are (source, author, when) of who passed the words on.
    """

    source: str
    author: str
    at: str
    belongs: str
    text: str
    steps: tuple[Step, ...] = ()
    language: str = "en"
    repeated_by: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Heard:
    """What a colleague heard: a call, a visit, a mail or a link. ``customer`` is the key of who said it, or empty."""

    by: str
    kind: str
    at: str
    belongs: str
    text: str
    name: str = ""
    customer: str = ""
    steps: tuple[Step, ...] = ()
