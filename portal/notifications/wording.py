"""What a notice says: who, what and where; never what was written."""

from typing import Any

from portal.core.clock import FOREVER
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.groups.end_date import in_words

TIMED = ("renewed", "shortened")
"""What says until when somebody is in a space, as it is now."""

ABOUT_SOMEBODY = ("lead_named", "lead_ended", "hosting", "passed_on")
"""What tells of somebody besides the actor, whom the event names that the notice's key begins with."""

ENDINGS = ("ends_in_14", "ends_in_3")
CUSTOMERS_ENDINGS = ("customer_ends_in_14", "customer_ends_in_3")
"""What says that somebody's time ends soon: to themselves, and to their host."""

SOMEBODY = {
    "wrote": lambda: _("%(who)s wrote in %(where)s"),
    "asked": lambda: _("%(who)s asked something in %(where)s"),
    "answered": lambda: _("%(who)s answered in %(where)s"),
    "named": lambda: _("%(who)s named you in %(where)s"),
    "noted": lambda: _("%(who)s wrote a side note in %(where)s"),
    "accepted": lambda: _("%(who)s accepted your answer in %(where)s"),
    "assigned": lambda: _("%(who)s gave you a case in %(where)s"),
    "case_noted": lambda: _("%(who)s wrote a note on your case in %(where)s"),
    "added": lambda: _("%(who)s added you to %(where)s"),
    "inbox_right": lambda: _("%(who)s gave you the inbox right in %(where)s"),
    "join_request": lambda: _("%(who)s asks to join %(where)s"),
    "joined": lambda: _("%(who)s accepted the invitation to %(where)s"),
    "declined": lambda: _("An invitation to %(where)s was declined"),
    "left": lambda: _("%(who)s left %(where)s"),
    "reported": lambda: _("%(who)s reported words in %(where)s"),
    "renewal": lambda: _("%(who)s asks for more time in %(where)s"),
    "renewed": lambda: _("%(who)s gave you more time in %(where)s: until %(until)s"),
    "shortened": lambda: _("%(who)s changed your time in %(where)s: until %(until)s"),
    "hosting": lambda: _("%(who)s made you the host of %(person)s in %(where)s"),
    "lead_named": lambda: _("%(who)s, an administrator, named %(person)s a lead of %(where)s"),
    "lead_ended": lambda: _("%(who)s, an administrator, made %(person)s a member of %(where)s, no longer a lead"),
    "lead_no_more": lambda: _("%(who)s, an administrator, made you a member of %(where)s, no longer a lead"),
    "restriction_lifted": lambda: _("%(who)s, an administrator, lifted the restriction of %(where)s"),
    "handed_over": lambda: _("%(who)s handed you a waiting customer in %(where)s"),
    "ends_in_14": lambda: _("From the system: your time in %(where)s ends within 14 days; ask %(who)s for more"),
    "ends_in_3": lambda: _("From the system: your time in %(where)s ends within 3 days; ask %(who)s for more"),
    "customer_ends_in_14": lambda: _("From the system: the time of %(who)s in %(where)s ends within 14 days"),
    "customer_ends_in_3": lambda: _("From the system: the time of %(who)s in %(where)s ends within 3 days"),
    "left_company": lambda: _("%(who)s has left their company, so their time in %(where)s has ended"),
    "archived": lambda: _("From the system: %(where)s is archived; you can go on reading it, and ask %(who)s"),
    "brought_back": lambda: _("From the system: %(where)s is open again; you can write there, and ask %(who)s"),
    "colleague_asked": lambda: _("%(who)s asks you to invite a colleague to %(where)s"),
    "colleague_approved": lambda: _("%(who)s approved your colleague for %(where)s, who is invited now"),
    "colleague_declined": lambda: _("%(who)s declined to invite your colleague to %(where)s"),
    "emergency": lambda: _("From the system: %(who)s, an administrator, reads %(where)s in an emergency"),
    "cohost": lambda: _("%(who)s made you co-host of %(where)s"),
}

NOBODY = {
    "assigned": lambda: _("You have a case in %(where)s"),
    "case_back": lambda: _("Your case in %(where)s is open again: its people wrote again"),
    "added": lambda: _("You are now in %(where)s"),
    "inbox_right": lambda: _("You have the inbox right in %(where)s"),
    "declined": lambda: _("An invitation to %(where)s was declined"),
    "request_declined": lambda: _("Your request to join %(where)s was declined"),
    "renewed": lambda: _("You have more time in %(where)s: until %(until)s"),
    "shortened": lambda: _("Your time in %(where)s changed: until %(until)s"),
    "hosting": lambda: _("You are now the host of %(person)s in %(where)s"),
    "lead_named": lambda: _("%(person)s is now a lead of %(where)s"),
    "lead_ended": lambda: _("%(person)s is no longer a lead of %(where)s"),
    "lead_no_more": lambda: _("You are no longer a lead of %(where)s"),
    "passed_on": lambda: _(
        "From the system: %(former)s is no longer here, so you are now the host of %(person)s in %(where)s"
    ),
    "restriction_lifted": lambda: _("%(where)s is no longer restricted"),
    "handed_over": lambda: _("A customer waits for you in %(where)s"),
    "source_failing": lambda: _("A source keeps failing, so nothing is heard from it"),
}


def told(row: Any) -> str:
    """What a row of ``queries.notices`` says."""
    return sentence(row.kind, row.who, row.where, row.number, _day(row), row.person, row.former)


def _day(row: Any) -> str:
    is_known = row.kind in TIMED and row.ends_at is not None and row.ends_at < FOREVER
    return in_words(row.ends_at, row.ends_in) if is_known else _("another day")


def sentence(
    kind: str,
    who: str | None,
    where: str,
    number: int = 1,
    until: str = "",
    person: str | None = None,
    former: str | None = None,
) -> str:
    """A notice in one sentence, without a full stop. ``who`` is None for what came about by itself.

    ``person`` is somebody it is about besides; ``former`` was their host before.
    """
    named = {"person": person or _("somebody"), "former": former or _("their host")}
    if kind == "new_case":
        told = ngettext("A new case in %(where)s", "%(number)d new cases in %(where)s", number)
        return told % {"where": where, "number": number}
    if who is not None and kind in SOMEBODY:
        return SOMEBODY[kind]() % {"who": who, "where": where, "until": until, **named}
    return NOBODY.get(kind, lambda: _("Something is new in %(where)s"))() % {"where": where, "until": until, **named}


def subject(sentences: list[str], places: set[str]) -> str:
    """The subject of a mail that tells these."""
    if len(sentences) == 1:
        return sentences[0]
    if len(places) == 1:
        return _("%(number)d things for you in %(where)s") % {"number": len(sentences), "where": next(iter(places))}
    return _("%(number)d things for you") % {"number": len(sentences)}


ICONS = {
    "wrote": "message-square",
    "asked": "message-circle-question-mark",
    "answered": "reply",
    "named": "at-sign",
    "noted": "sticky-note",
    "accepted": "circle-check",
    "assigned": "user-check",
    "new_case": "inbox",
    "case_noted": "notebook-pen",
    "case_back": "undo-2",
    "added": "users",
    "inbox_right": "inbox",
    "join_request": "user-plus",
    "request_declined": "user-x",
    "joined": "user-check",
    "declined": "user-x",
    "left": "log-out",
    "reported": "flag",
    "renewal": "hourglass",
    **dict.fromkeys(TIMED, "calendar"),
    "hosting": "hand-heart",
    "passed_on": "hand-heart",
    "lead_named": "user-check",
    **dict.fromkeys(("lead_ended", "lead_no_more"), "user-x"),
    "restriction_lifted": "lock-open",
    "cohost": "hand-heart",
    "emergency": "shield",
    "colleague_asked": "user-plus",
    "colleague_approved": "user-check",
    "colleague_declined": "user-x",
    "handed_over": "hand",
    "source_failing": "triangle-alert",
    **dict.fromkeys((*ENDINGS, *CUSTOMERS_ENDINGS), "hourglass"),
    "archived": "archive",
    "brought_back": "undo-2",
    "left_company": "log-out",
}
