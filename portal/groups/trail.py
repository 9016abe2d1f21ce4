"""The audit trail in words: what each kind of event says to a person, and which events belong together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.core.i18n import gettext as _
from portal.core.rendering import exact
from portal.groups.end_date import day_in_words

Facts = Mapping[str, Any]
Words = Callable[[Facts], str]

FACTS = (
    "role",
    "from_outside",
    "restricted",
    "answer",
    "state",
    "given",
    "pinned",
    "is_admin",
    "on_duty",
    "is_away",
    "allowed",
    "denied",
    "purpose",
    "until",
    "before",
    "is_shorter",
    "by_itself",
    "only_its_domains",
    "status",
)
"""What of an event's data is told besides whom it concerns: plain facts, no ids."""

NOT_TOLD = ("mail_queued",)
"""Kinds of events that say nothing of what somebody did: mail follows from the others, and has a page of its own."""

ACCESS, INVITING, SETTINGS, ACCOUNTS, AUDIT, WORK = "access", "inviting", "settings", "accounts", "audit", "work"

CATEGORIES: dict[str, Callable[[], str]] = {
    ACCESS: lambda: _("Who may see what"),
    INVITING: lambda: _("Invitations"),
    SETTINGS: lambda: _("Settings"),
    ACCOUNTS: lambda: _("Accounts and signing in"),
    AUDIT: lambda: _("Emergencies and looking in"),
    WORK: lambda: _("What was written and done"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened, as far as its reader may know it.

    ``who``, ``person`` and ``other`` are names, None where there is nobody; ``where`` names the space or the group.
    ``into`` is the space that words were led into, None where the reader does not see it.
    ``post_id`` is None where the reader is not to be led there.
    """

    id: str
    at: datetime
    kind: str
    who: str | None
    person: str | None
    other: str | None
    where: str
    address: str | None
    facts: Facts
    post_id: str | None = None
    organisation: str | None = None
    into: str | None = None


def sentence(entry: Entry, zone: str = "") -> str:
    """What happened, in one sentence without a full stop; moments in the reader's zone, or in UTC for tables."""
    _category, words = TOLD[entry.kind] if entry.kind in TOLD else (WORK, _always(lambda: _("%(who)s did something")))
    is_own = entry.person is not None and entry.person == entry.who
    return words({**entry.facts, "is_own": is_own, "into": entry.into}) % {
        "organisation": entry.organisation or _("an organisation"),
        "into": entry.into,
        "who": entry.who or _("The system"),
        "person": entry.person or _("somebody"),
        "other": entry.other or _("somebody"),
        "until": _moment(entry.facts.get("until"), zone),
        "before": _moment(entry.facts.get("before"), zone),
        "allowed": _settings(entry.facts.get("allowed")),
        "denied": _settings(entry.facts.get("denied")),
    }


def _moment(told: Any, zone: str) -> str:
    """A day as people say it, or a moment: where the reader is, else as UTC."""
    text = str(told or "")
    if not text:
        return ""
    if "T" not in text:
        return day_in_words(date.fromisoformat(text))
    return exact(datetime.fromisoformat(text), zone) if zone else f"{text[:16].replace('T', ' ')} UTC"


def kinds_of(category: str) -> list[str]:
    """The kinds of events of a category; the kind itself where it is one."""
    if category in TOLD:
        return [category]
    return [kind for kind, (of_category, _words) in TOLD.items() if of_category == category]


def _settings(names: Any) -> str:
    told = {
        "shows_addresses": _("seeing mail addresses"),
        "first_names_only": _("first names only"),
        "customers_ask_colleagues_in": _("asking a colleague in"),
        "customers_upload": _("bringing files"),
        "customers_download": _("saving files"),
    }
    return ", ".join(told.get(name, name) for name in names or ())


def _always(words: Callable[[], str]) -> Words:
    return lambda _facts: words()


def _either(fact: str, yes: Callable[[], str], no: Callable[[], str]) -> Words:
    return lambda facts: yes() if facts.get(fact) else no()


def _by(fact: str, **words: Callable[[], str]) -> Words:
    """The words for each value of a fact; ``other`` for those that have none."""
    return lambda facts: words.get(str(facts.get(fact)), words["other"])()


def _customers_may(facts: Facts) -> str:
    if facts.get("allowed") and facts.get("denied"):
        return _("%(who)s changed what customers may do: now yes: %(allowed)s; now no: %(denied)s")
    if facts.get("allowed"):
        return _("%(who)s changed what customers may do: now yes: %(allowed)s")
    return _("%(who)s changed what customers may do: now no: %(denied)s")


def _other_end(facts: Facts) -> str:
    if not facts.get("until"):
        return _("%(who)s changed until when %(person)s is here")
    if facts.get("is_shorter"):
        if not facts.get("before"):
            return _("%(who)s shortened the time of %(person)s here: until %(until)s, before without an end")
        return _("%(who)s shortened the time of %(person)s here: until %(until)s, before until %(before)s")
    return _("%(who)s gave %(person)s more time here: until %(until)s, before until %(before)s")


def _organisation(facts: Facts) -> str:
    match facts.get("only_its_domains"):
        case True:
            return _("%(who)s changed %(organisation)s: from now on only addresses of its mail domains are invited")
        case False:
            return _("%(who)s changed %(organisation)s: addresses outside its mail domains may be invited, too")
    return _("%(who)s changed what is known about %(organisation)s")


def _role(facts: Facts) -> str:
    if facts.get("role") != "lead":
        if facts.get("from_outside"):
            return _("%(who)s, an administrator, made %(person)s a member, no longer a lead")
        return _("%(who)s made %(person)s a member, no longer a lead")
    if facts.get("from_outside"):
        return _("%(who)s, an administrator, named %(person)s a lead")
    return _("%(who)s made %(person)s a lead")


def _deputy(facts: Facts) -> str:
    if facts.get("is_away") and facts.get("until"):
        return _("%(who)s is away until %(until)s, and %(other)s stands in")
    if facts.get("is_away"):
        return _("%(who)s is away, and %(other)s stands in")
    return _("%(who)s changed who stands in for them as a host")


TOLD: dict[str, tuple[str, Words]] = {
    # Who may see what
    "member_joined": (
        ACCESS,
        _either("is_own", lambda: _("%(who)s joined the group"), lambda: _("%(who)s added %(person)s to the group")),
    ),
    "member_left": (
        ACCESS,
        _either("is_own", lambda: _("%(who)s left the group"), lambda: _("%(who)s took %(person)s out of the group")),
    ),
    "role_changed": (ACCESS, _role),
    "join_requested": (ACCESS, _always(lambda: _("%(who)s asked to join the group"))),
    "join_answered": (
        ACCESS,
        _by(
            "answer",
            accepted=lambda: _("%(who)s let %(person)s in, who had asked"),
            other=lambda: _("%(who)s declined to let %(person)s in"),
        ),
    ),
    "inbox_right_changed": (
        ACCESS,
        _either(
            "given",
            lambda: _("%(who)s gave %(person)s the inbox right"),
            lambda: _("%(who)s took the inbox right from %(person)s"),
        ),
    ),
    "duty_changed": (
        ACCESS,
        _either(
            "on_duty",
            lambda: _("%(who)s put %(person)s on duty"),
            lambda: _("%(who)s put %(person)s off duty"),
        ),
    ),
    "staff_added": (ACCESS, _always(lambda: _("%(who)s let %(person)s take part in a customer space"))),
    "customer_joined": (ACCESS, _always(lambda: _("%(person)s accepted the invitation and came in"))),
    "membership_ended": (
        ACCESS,
        _either(
            "is_own",
            lambda: _("%(who)s left, and sees this space no longer"),
            lambda: _("%(who)s ended what %(person)s could see here"),
        ),
    ),
    "membership_renewed": (ACCESS, _other_end),
    "renewal_asked": (ACCESS, _always(lambda: _("%(person)s asked for more time"))),
    "host_changed": (ACCESS, _always(lambda: _("%(other)s became the host of %(person)s"))),
    "customer_left": (ACCESS, _always(lambda: _("%(person)s left the space by themselves"))),
    "company_left": (ACCESS, _always(lambda: _("%(who)s said that %(person)s has left their company"))),
    "terms_accepted": (ACCESS, _always(lambda: _("%(person)s accepted the terms"))),
    "deputy_changed": (ACCESS, _deputy),
    "cohost_changed": (
        ACCESS,
        _either(
            "given",
            lambda: _("%(who)s made %(person)s co-host"),
            lambda: _("%(who)s ended that %(person)s is co-host"),
        ),
    ),
    "words_quoted": (
        ACCESS,
        _either(
            "into",
            lambda: _("%(who)s quoted words in %(into)s, where others read"),
            lambda: _("%(who)s quoted words where others read"),
        ),
    ),
    "post_opened": (
        ACCESS,
        _either(
            "into",
            lambda: _("%(who)s opened a post to the customers in %(into)s, as a copy"),
            lambda: _("%(who)s opened a post to customers, as a copy"),
        ),
    ),
    "post_moved_away": (ACCESS, _always(lambda: _("%(who)s moved a thread to another group"))),
    "post_moved_here": (ACCESS, _always(lambda: _("%(who)s moved a thread here from another group"))),
    # Invitations
    "customer_invited": (INVITING, _always(lambda: _("%(who)s invited %(person)s"))),
    "invitation_reminded": (INVITING, _always(lambda: _("%(who)s gave the invitation of %(person)s more time"))),
    "invitation_ended": (
        INVITING,
        _by(
            "state",
            declined=lambda: _("%(person)s declined the invitation"),
            withdrawn=lambda: _("%(who)s withdrew the invitation of %(person)s"),
            other=lambda: _("%(who)s replaced the invitation of %(person)s by a new one"),
        ),
    ),
    "colleague_asked": (INVITING, _always(lambda: _("%(person)s asked to have a colleague invited"))),
    "colleague_answered": (
        INVITING,
        _by(
            "answer",
            approved=lambda: _("%(who)s approved that a colleague of %(person)s is invited"),
            other=lambda: _("%(who)s declined to invite a colleague of %(person)s"),
        ),
    ),
    # Settings
    "group_created": (SETTINGS, _always(lambda: _("%(who)s began the group"))),
    "restriction_changed": (
        SETTINGS,
        _either(
            "restricted",
            lambda: _("%(who)s restricted the department: what it hears leaves no trace elsewhere"),
            lambda: _("%(who)s lifted the restriction of the department"),
        ),
    ),
    "group_changed": (SETTINGS, _always(lambda: _("%(who)s changed the group's settings"))),
    "group_archived": (SETTINGS, _always(lambda: _("%(who)s archived the group"))),
    "group_unarchived": (SETTINGS, _always(lambda: _("%(who)s brought the group back"))),
    "space_opened": (SETTINGS, _always(lambda: _("%(who)s opened a customer space"))),
    "space_archived": (SETTINGS, _always(lambda: _("%(who)s archived a customer space"))),
    "space_unarchived": (SETTINGS, _always(lambda: _("%(who)s brought a customer space back"))),
    "space_changed": (SETTINGS, _always(lambda: _("%(who)s changed what is said about a customer space"))),
    "customers_may_changed": (SETTINGS, _customers_may),
    "organisation_added": (SETTINGS, _always(lambda: _("%(who)s noted %(organisation)s"))),
    "organisation_changed": (SETTINGS, _organisation),
    "terms_set": (SETTINGS, _always(lambda: _("%(who)s set what customers accept before they come in"))),
    "company_changed": (SETTINGS, _always(lambda: _("%(who)s changed the company's settings"))),
    # Accounts
    "person_invited": (ACCOUNTS, _always(lambda: _("%(who)s invited %(person)s to the portal"))),
    "person_joined": (ACCOUNTS, _always(lambda: _("%(person)s signed in for the first time"))),
    "person_deactivated": (ACCOUNTS, _always(lambda: _("%(who)s deactivated %(person)s"))),
    "person_reactivated": (ACCOUNTS, _always(lambda: _("%(who)s let %(person)s sign in again"))),
    "signed_in": (ACCOUNTS, _always(lambda: _("%(person)s signed in"))),
    "signed_out": (
        ACCOUNTS,
        _either(
            "is_own", lambda: _("%(person)s signed out"), lambda: _("Sessions of %(person)s were ended by %(who)s")
        ),
    ),
    "link_asked": (
        ACCOUNTS,
        _by(
            "purpose",
            password=lambda: _("Somebody asked for a new password for %(person)s"),
            other=lambda: _("Somebody asked for a link to sign in as %(person)s"),
        ),
    ),
    "password_changed": (ACCOUNTS, _always(lambda: _("%(person)s has a new password"))),
    "profile_changed": (ACCOUNTS, _always(lambda: _("%(who)s changed the profile of %(person)s"))),
    "administrator_changed": (
        ACCOUNTS,
        _either(
            "is_admin",
            lambda: _("%(who)s made %(person)s an administrator"),
            lambda: _("%(who)s ended that %(person)s is an administrator"),
        ),
    ),
    "identity_linked": (ACCOUNTS, _always(lambda: _("%(person)s may sign in through a provider"))),
    "identity_unlinked": (ACCOUNTS, _always(lambda: _("%(person)s signs in through a provider no longer"))),
    "identity_refused": (ACCOUNTS, _always(lambda: _("A provider no longer vouches for %(person)s"))),
    "token_made": (ACCOUNTS, _always(lambda: _("%(person)s made a token for the API"))),
    "token_revoked": (ACCOUNTS, _always(lambda: _("%(who)s revoked a token of %(person)s"))),
    # Looking in
    "eyes_lent": (
        AUDIT,
        _either(
            "until",
            lambda: _("%(who)s began to see a customer space as %(person)s does, until %(until)s at the latest"),
            lambda: _("%(who)s began to see a customer space as %(person)s does"),
        ),
    ),
    "eyes_returned": (AUDIT, _always(lambda: _("%(who)s stopped seeing a customer space as %(person)s does"))),
    "words_exported": (AUDIT, _always(lambda: _("%(person)s took along what they wrote"))),
    "emergency_began": (AUDIT, _always(lambda: _("%(who)s began to read the group in an emergency, until %(until)s"))),
    "emergency_ended": (
        AUDIT,
        _either(
            "by_itself",
            lambda: _("The emergency access of %(person)s ended by itself"),
            lambda: _("%(who)s ended the emergency access of %(person)s"),
        ),
    ),
    "emergency_tried": (
        AUDIT,
        _always(lambda: _("%(who)s tried to read a group in an emergency, by a name that opened none")),
    ),
    "access_list_downloaded": (AUDIT, _always(lambda: _("%(who)s took along who can see what"))),
    "trail_downloaded": (AUDIT, _always(lambda: _("%(who)s took along the audit trail"))),
    # What was written and done
    "post_published": (WORK, _always(lambda: _("%(who)s wrote a post"))),
    "post_edited": (WORK, _always(lambda: _("%(who)s changed a post"))),
    "post_deleted": (WORK, _always(lambda: _("%(who)s deleted a post"))),
    "post_pinned": (WORK, _either("pinned", lambda: _("%(who)s pinned a post"), lambda: _("%(who)s unpinned a post"))),
    "question_changed": (
        WORK,
        _by(
            "status",
            closed=lambda: _("%(who)s closed a question"),
            other=lambda: _("%(who)s opened a question again"),
        ),
    ),
    "comment_published": (WORK, _always(lambda: _("%(who)s answered a post"))),
    "comment_edited": (WORK, _always(lambda: _("%(who)s changed an answer"))),
    "comment_deleted": (WORK, _always(lambda: _("%(who)s deleted an answer"))),
    "answer_accepted": (
        WORK,
        _either(
            "is_taken_back",
            lambda: _("%(who)s took back that an answer was accepted"),
            lambda: _("%(who)s accepted an answer"),
        ),
    ),
    "post_reported": (WORK, _always(lambda: _("%(who)s reported words to the leads"))),
    "report_settled": (WORK, _always(lambda: _("%(who)s settled what was reported"))),
    "thanked": (WORK, _always(lambda: _("%(who)s said thanks for a post"))),
    "waiting_handed_over": (
        WORK,
        _either(
            "by_itself",
            lambda: _("A waiting customer passed on to %(other)s"),
            lambda: _("%(who)s handed a waiting customer to %(other)s"),
        ),
    ),
    "no_answer_needed": (WORK, _always(lambda: _("%(who)s said that a post needs no answer"))),
    "file_uploaded": (WORK, _always(lambda: _("%(who)s brought a file"))),
    "file_removed": (WORK, _always(lambda: _("%(who)s removed a file"))),
    "case_opened": (WORK, _always(lambda: _("A case was opened"))),
    "case_assigned": (WORK, _always(lambda: _("%(who)s gave a case to %(other)s"))),
    "case_changed": (WORK, _always(lambda: _("%(who)s took a case a step further"))),
    "case_noted": (WORK, _always(lambda: _("%(who)s wrote a note on a case"))),
    "mention_heard": (WORK, _always(lambda: _("Something was heard"))),
    "story_moved": (WORK, _always(lambda: _("What was heard went to another space"))),
    "contact_changed": (WORK, _always(lambda: _("%(who)s changed a contact"))),
    "source_failing": (WORK, _always(lambda: _("A source kept failing"))),
    "story_routed": (WORK, _always(lambda: _("What was heard was led to a department"))),
    "corrected": (WORK, _always(lambda: _("%(who)s corrected where something belongs"))),
    "route_withdrawn": (WORK, _always(lambda: _("%(who)s took back where something was led"))),
}
"""What each kind of event belongs to, and what it says. Every kind has a sentence: a test holds it."""
