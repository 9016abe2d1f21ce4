"""One-click sign-in as somebody of the demo company, and the banner that says that it is one."""

from dataclasses import dataclass

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, public, router
from portal.accounts import sign_in
from portal.core.errors import NotFound
from portal.core.i18n import gettext as _
from portal.core.slots import fills
from portal.demo import policy, queries
from portal.demo.people import COLLEAGUES, COMPANIES, CUSTOMERS
from portal.demo.terms import NOT_ACCEPTED_YET

pages = router(include_in_schema=False)


@dataclass(frozen=True)
class Seat:
    """Somebody of the demo company whom one can be."""

    key: str
    name: str
    kind: str
    email: str
    role: str
    photo_url: None = None


def seats() -> list[Seat]:
    """Whom one can be: one for each view of the portal."""
    roles = {
        "nadia": _("leads service"),
        "mara": _("service"),
        "lena": _("leads logistics"),
        "elif": _("leads product"),
        "carmen": _("leads HR, which is restricted"),
        "ines": _("sales"),
        "sofia": _("leads marketing"),
        "ruth": _("administrator"),
    }
    colleagues = {each.key: each for each in COLLEAGUES}
    companies = {each.key: each.name for each in COMPANIES}
    staff = [Seat(key, colleagues[key].name, "employee", colleagues[key].email, role) for key, role in roles.items()]
    guests = [
        Seat(
            each.key,
            each.name,
            "customer",
            each.email,
            (
                _("customer, %(company)s; asked at the door for new terms")
                if each.key in NOT_ACCEPTED_YET
                else _("customer, %(company)s")
            )
            % {"company": companies[each.organisation]},
        )
        for each in CUSTOMERS
    ]
    return staff + guests


def _seats_are_free(unit: Unit) -> bool:
    is_demo = unit.portal.templates.names.read(unit.session).is_demo
    return is_demo and policy.may_take_a_seat(unit.settings, unit.remote_address, unit.url.hostname)


@fills("sign_in.demo")
def seats_below_the_form(unit: Unit) -> Markup | None:
    """Whom one can be, on the sign-in page."""
    return Markup(unit.fragment("demo/seats.html", "seats", seats=seats())) if _seats_are_free(unit) else None


@fills("frame.banner")
def banner(unit: Unit) -> Markup | None:
    """What stands on every page while the demo company is here."""
    if not unit.portal.templates.names.read(unit.session).is_demo:
        return None
    return Markup(unit.fragment("demo/banner.html", seats_are_free=_seats_are_free(unit)))


@pages.get("/demo")
@public
def choose_a_seat(unit: Unit) -> Response:
    if not _seats_are_free(unit):
        raise NotFound
    return unit.page("demo/seats.html", seats=seats())


@pages.post("/demo/sign-in")
@public
def take_a_seat(unit: Unit) -> Response:
    if not _seats_are_free(unit):
        raise NotFound
    wanted = next((seat for seat in seats() if seat.key == unit.typed.get("person")), None)
    person = queries.demo_person(unit.session, wanted.email) if wanted else None
    if person is None:
        raise NotFound
    sign_in.enter(unit, person)
    return unit.go("/")
