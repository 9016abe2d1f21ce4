"""What happens when a story is routed."""

from dataclasses import dataclass

from portal.core.outbox import Event


@dataclass(frozen=True)
class StoryRouted(Event):
    """A story was led to a department, to triage or aside. ``space_id`` is where the story is now.

    ``by_person`` says that somebody led it there from where it was.
    """

    space_id: str
    story_id: str
    route_id: str
    led_to: str
    department_id: str | None
    by_person: bool = False


@dataclass(frozen=True)
class Corrected(Event):
    """A reviewer taught the router (or, with ``withdrawn``, took it back)."""

    space_id: str
    correction_id: str
    withdrawn: bool = False


@dataclass(frozen=True)
class RouteWithdrawn(Event):
    """A person took a rerouting back within ten minutes: the story stands where it stood before.

    ``space_id`` is where the story is now; ``left_space_id`` where it was; ``department_id`` where it had been led.
    """

    space_id: str
    story_id: str
    route_id: str
    left_space_id: str
    department_id: str | None
