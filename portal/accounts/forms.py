"""What the forms of sign-in, profile and administration take."""

import re
from typing import Annotated, Literal
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from portal.accounts.passwords import LONGEST, SHORTEST
from portal.core.forms import SEEN, Form
from portal.core.i18n import gettext as _
from portal.core.text import seen

MOST_INVITED = 500
"""People in one pasted list."""


def mail_address(text: str) -> str:
    """The address in lower case. Raises ``ValueError`` with a sentence where it is none."""
    try:
        checked = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise ValueError(_("Write a whole e-mail address, such as jo@example.com.")) from None
    return checked.normalized.lower()


def local_path(text: object) -> str:
    """A page of the portal to go on to: a path, never an address elsewhere; ``/`` for anything else."""
    path = str(text or "")
    elsewhere = not path.startswith("/") or path.startswith("//") or "\\" in path
    return "/" if elsewhere or re.search(r"[\x00-\x20\x7f]", path) or len(path) > 2000 else path


def known_zone(zone: str) -> str:
    """The name of a time zone. Raises ``ValueError`` with a sentence where there is none of this name."""
    if zone not in available_timezones():
        raise ValueError(_("Choose one of the time zones."))
    return zone


Address = Annotated[str, BeforeValidator(lambda text: mail_address(str(text)))]
Typed = Annotated[str, StringConstraints(strip_whitespace=False)]
LocalPath = Annotated[str, BeforeValidator(local_path)]
Zone = Annotated[str, AfterValidator(known_zone)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f<>]+$"), SEEN]


class SignInForm(Form):
    email: str = Field(min_length=1)
    password: Annotated[Typed, Field(min_length=1)]
    next: LocalPath = "/"


class AskForLinkForm(Form):
    email: Address


def of_good_length(password: str) -> str:
    """A password that is neither too short nor too long. Raises ``ValueError`` with a sentence."""
    if len(password) < SHORTEST:
        raise ValueError(_("Use at least %(number)d characters.") % {"number": SHORTEST})
    if len(password) > LONGEST:
        raise ValueError(_("Use at most %(number)d characters.") % {"number": LONGEST})
    return password


class NewPasswordForm(Form):
    password: Annotated[Typed, AfterValidator(of_good_length)]


class ChangePasswordForm(NewPasswordForm):
    current: Typed = ""


class JoinForm(NewPasswordForm):
    name: Name


class ProfileForm(Form):
    name: Name
    title: Annotated[str, StringConstraints(max_length=120)] = ""
    department: Annotated[str, StringConstraints(max_length=120)] = ""
    about: Annotated[str, StringConstraints(max_length=2000)] = ""
    timezone: Zone = "UTC"
    theme: Literal["", "light", "dark"] = ""


def time_zones() -> list[tuple[str, str]]:
    """The zones to choose from, as (name, label): those named after places, and UTC."""
    left_out = ("Etc/", "SystemV/", "US/", "posix/", "right/")
    places = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(left_out))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in places)]


class TokenForm(Form):
    name: Annotated[str, StringConstraints(min_length=1, max_length=80), SEEN]


class CompanyForm(Form):
    company: Annotated[str, StringConstraints(min_length=1, max_length=120), SEEN]
    product: Annotated[str, StringConstraints(max_length=60)] = "Earshot"
    timezone: Zone = "UTC"


class TermsForm(Form):
    """What customers accept, in Markdown; empty, they are asked for nothing."""

    body: Annotated[str, StringConstraints(max_length=60_000)] = ""


class VersionForm(Form):
    version: int


class TermsAnswer(BaseModel):
    """The terms that hold, with when the person whose token asks accepted them."""

    version: int | None
    body: str
    html: str
    set_at: str | None
    accepted_at: str | None


class InviteForm(Form):
    people: Annotated[str, StringConstraints(min_length=1, max_length=100_000)]


class Invited(Form):
    """One person in a pasted list."""

    name: str
    email: str


def pasted_people(text: str) -> tuple[list[Invited], list[tuple[str, str]]]:
    """The people in a list such as ``Mara Lindqvist <mara@example.com>, ben@example.com``, one or more in a line.

    Returns those that can be read, each address once, and the other parts as they were typed, each with a sentence.
    """
    people: dict[str, Invited] = {}
    wrong: list[tuple[str, str]] = []
    for part in _parts(text):
        try:
            found = one_person(part)
        except ValueError as problem:
            wrong.append((part, str(problem)))
            continue
        if len(people) >= MOST_INVITED:
            wrong.append((part, _("Invite at most %(number)d people at once.") % {"number": MOST_INVITED}))
        else:
            people.setdefault(found.email, found)
    return list(people.values()), wrong


def _parts(text: str) -> list[str]:
    # A comma or semicolon separates people unless it stands inside quotes, as in "Weiss, Nadia" <nadia@example.com>.
    parts = re.findall(r'(?:"[^"\n]*"|[^,;\n"])+', text)
    return [part.strip() for part in parts if part.strip()]


def one_person(part: str) -> Invited:
    """Somebody as in mail, "Mara Lindqvist <mara@example.com>". Raises ``ValueError`` with a sentence."""
    named = re.fullmatch(r"(?P<name>[^<>]*)<(?P<email>[^<>]+)>", part)
    email = mail_address(named["email"] if named else part)
    name = (_in_speaking_order(seen(named["name"])) if named else "") or name_from(email)
    if len(name) > 120 or re.search(r"[\x00-\x1f\x7f]", name):
        raise ValueError(_("Write the name in at most 120 characters."))
    return Invited(name=name, email=email)


def _in_speaking_order(name: str) -> str:
    family, comma, given = name.replace('"', " ").partition(",")
    return " ".join(f"{given} {family}".split() if comma else family.split())


def name_from(email: str) -> str:
    """What somebody with this address may be called, until they say it themselves."""
    words = re.split(r"[._\-+0-9]+", email.split("@")[0])
    return " ".join(word.capitalize() for word in words if word) or email


class PersonAnswer(BaseModel):
    """A person, as the API tells of them."""

    id: str
    kind: Literal["employee", "customer"]
    name: str
    title: str
    department: str
    organisation: str | None
    photo: str | None = Field(description="The address of the photo, null without one.")


class PersonPage(BaseModel):
    """People, the newest first, and the cursor of those who follow."""

    items: list[PersonAnswer]
    next: str | None


class WholePersonAnswer(PersonAnswer):
    """A person with what their profile says."""

    email: str | None = Field(description="Null where it is not for you to know.")
    about: str
    timezone: str | None


class MeAnswer(WholePersonAnswer):
    """The person whose token asks."""

    is_admin: bool
