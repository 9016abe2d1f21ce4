"""What a connector hands over: the contract between the code that fetches and the code that keeps.

A connector is a function `fetch(settings, cursor, http) -> Batch`, named in the entry-point group `portal.connectors`.
It has no database and no clock. A preset writes the settings of a connector from a few plain questions; it is named in
the group `portal.presets`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from portal.core.i18n import Sentence
from portal.core.text import seen

if TYPE_CHECKING:
    from portal.core.http import Client

# What databases and screens cannot hold: control characters other than tab and line feed, halves of surrogate pairs.
_UNKEEPABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing somebody said, as a source gave it.

    `id` is the key for "heard before", unique within its source. `text` is plain, with line feeds; `title` is there
    only where the text does not already begin with it. `said_at` is aware, in UTC, and None where the source does not
    say. `lang` is a language's two- or three-letter code in lower case, and None where the source does not say. `url`
    and `author_url` are http(s) addresses or None. `unreadable` names the fields that the source gave in a way that
    cannot be read, and which are None for that reason.
    """

    id: str
    text: str
    author: str | None = None
    author_url: str | None = None
    url: str | None = None
    title: str | None = None
    said_at: datetime | None = None
    lang: str | None = None
    unreadable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (item_field.name for item_field in fields(self)):
            value = getattr(self, name)
            if isinstance(value, str):
                object.__setattr__(self, name, _UNKEEPABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n")))
        object.__setattr__(self, "author", seen(self.author or "") or None)


Cursor = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one fetch brought.

    `cursor` is to be kept and handed to the next fetch; it is opaque, and JSON can hold it.
    `moved_to`: the source has moved for good; later fetches should use this address.
    `gone`: the source says that it will never come back; stop asking.
    `not_modified`: nothing changed since the last fetch.
    `retry_after`: the source asks not to be asked again before this much time has passed; `problem` then says why, and
    there are no items.
    `interval`: how often the source itself says it is worth asking, at most a day; None where it did not say this time.
    `title`: what the source calls itself.
    """

    items: tuple[Item, ...] = ()
    cursor: Cursor = field(default_factory=dict)
    moved_to: str | None = None
    gone: bool = False
    not_modified: bool = False
    retry_after: timedelta | None = None
    interval: timedelta | None = None
    title: str | None = None
    problem: Sentence | None = None


class SourceFailed(Exception):
    """The source could not be heard this time; the sentence says why in words an administrator understands.

    `message` is marked with `to_translate`, with places for `values` such as `%(host)s`: it is kept, and translated
    for whoever reads it.
    """

    def __init__(self, message: str | Sentence, **values: object) -> None:
        self.sentence = Sentence(message, values) if isinstance(message, str) else message
        super().__init__(self.sentence)


class SourceAway(SourceFailed):
    """Nobody answers there now, and somebody may later."""


class FeedElsewhere(SourceFailed):
    """What is there is a page, and no feed; ``address`` is that of the feed which the page names."""

    def __init__(self, message: str, address: str) -> None:
        super().__init__(message, address=address)
        self.address = address


class Fetch(Protocol):
    def __call__(self, settings: Mapping[str, str], cursor: Cursor, http: "Client") -> Batch:
        """One look at the source. Raises SourceFailed."""


@dataclass(frozen=True, slots=True)
class PresetField:
    name: str
    label: str
    help: str
    example: str


class PresetInvalid(Exception):
    """Answers to a preset's questions that cannot be used; `errors` says what to change, by the question's name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Preset:
    """A few plain questions instead of an address to be found.

    `write` takes the answers by field name and gives the settings of the connector `kind`. It raises PresetInvalid.
    """

    name: str
    label: str
    kind: str
    fields: tuple[PresetField, ...]
    write: Callable[[Mapping[str, str]], dict[str, str]]


@cache
def find_connector(kind: str) -> Fetch:
    """The connector for a kind of source, such as `feed`. Raises LookupError for a kind nobody installed."""
    for entry in entry_points(group="portal.connectors", name=kind):
        return cast(Fetch, entry.load())
    raise LookupError(f"There is no connector for “{kind}”.")


class Unread(Protocol):
    """A line of a file that could not be used; `message` says which and why."""

    @property
    def message(self) -> str: ...


class Read(Protocol):
    def __call__(self, file: BinaryIO) -> Iterator[Item | Unread]:
        """Each item of a file as it is read, and each line that could not be used."""


@cache
def find_reader(kind: str) -> Read:
    """The reader of a kind of file, such as `file`. Raises LookupError for a kind nobody installed."""
    for entry in entry_points(group="portal.readers", name=kind):
        return cast(Read, entry.load())
    raise LookupError(f"There is no reader for “{kind}”.")


@cache
def find_presets() -> tuple[Preset, ...]:
    """All presets, in the order of their labels."""
    presets = [cast(Preset, entry.load()) for entry in entry_points(group="portal.presets")]
    return tuple(sorted(presets, key=lambda preset: preset.label))
