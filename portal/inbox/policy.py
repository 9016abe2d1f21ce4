"""What may follow which in the life of a case. This is the one place; ``docs/cases.md`` shows the same table.

Everybody with the inbox right of a department may do everything to its cases: who holds a case is told, not defended.
"""

from portal.core.errors import Conflict
from portal.core.i18n import gettext as _
from portal.inbox.models import OPEN as OPEN

OUR_TURN = ("new", "claimed")
"""The open states in which somebody waits for us, and not we for them."""

STATES = (*OPEN, "resolved", "dismissed", "sent_on")

TRANSITIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "claim": {"new": ("claimed",)},
    "release": {"claimed": ("new",), "waiting": ("new",)},
    "assign": {"new": ("claimed",), "claimed": ("claimed",), "waiting": ("waiting",)},
    "wait": {"new": ("waiting",), "claimed": ("waiting",)},
    "resume": {"waiting": ("claimed",)},
    "answer": {"new": ("claimed",), "claimed": ("claimed",), "waiting": ("waiting",), "resolved": ("resolved",)},
    "resolve": {"new": ("resolved",), "claimed": ("resolved",), "waiting": ("resolved",)},
    "dismiss": {"new": ("dismissed",), "claimed": ("dismissed",), "waiting": ("dismissed",)},
    "reopen": {"resolved": ("new", "claimed"), "dismissed": ("new", "claimed")},
    "send": {"new": ("sent_on",), "claimed": ("sent_on",), "waiting": ("sent_on",)},
    "take_back": {"sent_on": ("new", "claimed")},
    "note": {state: (state,) for state in STATES},
    "discuss": {state: (state,) for state in STATES if state != "sent_on"},
    "open_beside": {state: (state,) for state in STATES if state != "sent_on"},
}
"""For each verb: the states it is possible in, and the states it may lead to from there.

Where there are two, a case that has an owner is ``claimed`` and one without is ``new``.
"""


def may(verb: str, state: str) -> bool:
    """Whether the verb is possible in this state. Unknown means no."""
    return state in TRANSITIONS.get(verb, {})


def after(verb: str, state: str, has_owner: bool = True) -> str:
    """The state that follows. Raises ``Conflict`` in words where the verb is not possible."""
    following = TRANSITIONS.get(verb, {}).get(state)
    if following is None:
        raise Conflict(_REFUSALS[state]())
    return following[0] if len(following) == 1 or not has_owner else "claimed"


_REFUSALS = {
    "new": lambda: _("Nobody has claimed this case yet."),
    "claimed": lambda: _("This case is claimed."),
    "waiting": lambda: _("This case waits for them."),
    "resolved": lambda: _("This case was resolved by now. Reopen it to go on."),
    "dismissed": lambda: _("This case was dismissed by now. Reopen it to go on."),
    "sent_on": lambda: _("This case was sent on by now."),
}
