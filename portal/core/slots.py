"""Named places in a page that a higher feature fills.

The page says ``{{ slot('case.context') }}``; a higher feature registers a function for that name, which renders
a fragment with the viewer's own rights.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

Filler = Callable[..., Any]


@dataclass(frozen=True)
class NavItem:
    """An entry of the main navigation (slot ``frame.nav``). ``count`` is what waits there, for the viewer."""

    key: str
    label: str
    href: str
    icon: str
    current: bool = False
    count: int | None = None


_fillers: dict[str, list[tuple[int, Filler]]] = {}


def fills(name: str, order: int = 50) -> Callable[[Filler], Filler]:
    """Register ``(unit, **about) -> Markup`` for the slot of this name; lower orders stand first."""

    def register(filler: Filler) -> Filler:
        fillers = _fillers.setdefault(name, [])
        if not any(known is filler for _, known in fillers):
            fillers.append((order, filler))
            fillers.sort(key=lambda entry: entry[0])
        return filler

    return register


def fill(name: str, unit: Any, **about: Any) -> Markup:
    """What all features have to show in this slot, one after the other."""
    return Markup("").join(Markup(part) for _, filler in _fillers.get(name, []) if (part := filler(unit, **about)))


def collect(name: str, unit: Any) -> list[Any]:
    """What the features give for a list, such as the entries of the left column, in order and without gaps."""
    return [part for _, filler in _fillers.get(name, []) if (part := filler(unit)) is not None]
