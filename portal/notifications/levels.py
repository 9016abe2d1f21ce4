"""What a person wants to be told about, and what follows from it for one thing that was said."""

from dataclasses import dataclass

ALL, QUESTIONS, ME, NOTHING = "all", "questions", "me", "nothing"
LEVELS = (ALL, QUESTIONS, ME, NOTHING)

DEFAULTS = {"team": ME, "customers": QUESTIONS, "inbox": ALL}
"""What colleagues are told about by kind of space until they choose. ``docs/notices.md`` gives the reasons."""

DEFAULT_FOR_CUSTOMERS = ALL


def level_of(chosen: str | None, space_kind: str, person_kind: str) -> str:
    """The level that holds: the chosen one, else the default. A side space goes with its customer space."""
    if chosen is not None:
        return chosen
    if person_kind == "customer":
        return DEFAULT_FOR_CUSTOMERS
    return DEFAULTS["customers" if space_kind == "side" else space_kind]


@dataclass(frozen=True)
class Words:
    """A post or comment: by whom, what it is, whom it names and whom it answers."""

    author_id: str
    is_by_customer: bool
    is_question: bool
    is_side_note: bool
    named: frozenset[str]
    answered: frozenset[str]


@dataclass(frozen=True)
class Listener:
    """Somebody who may read these words. ``is_host``: of a customer in the space, or the owner of the waiting
    post; or who stands in for them while they are away."""

    person_id: str
    kind: str
    level: str
    is_host: bool


def kind_of_notice(words: Words, listener: Listener) -> str | None:
    """How this person is told of these words: as ``named``, ``answered``, ``asked``, ``noted``, ``wrote``, or not."""
    if listener.person_id == words.author_id or listener.level == NOTHING:
        return None
    if listener.person_id in words.named:
        return "named"
    if listener.person_id in words.answered:
        return "noted" if words.is_side_note else "answered"
    if not _wants(words, listener):
        return None
    if words.is_side_note:
        return "noted"
    return "asked" if words.is_question else "wrote"


def _wants(words: Words, listener: Listener) -> bool:
    is_from_outside = words.is_by_customer and listener.kind == "employee"
    if listener.is_host and (is_from_outside or words.is_side_note):
        return True
    if listener.level == QUESTIONS:
        return words.is_question or is_from_outside
    return listener.level == ALL
