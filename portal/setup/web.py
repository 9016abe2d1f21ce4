"""The pages of the first start. Those of the questions are gone once the last one was answered."""

from typing import Any

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, administrators, public, router
from portal.accounts import actions as account_actions
from portal.accounts import sign_in
from portal.accounts.forms import CompanyForm, InviteForm, pasted_people, time_zones
from portal.core import company
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.forms import parse
from portal.core.i18n import gettext as _
from portal.core.slots import fills
from portal.listening import actions as listening_actions
from portal.listening.forms import FeedForm
from portal.listening.lookout import LOOKOUT, Preview, preview
from portal.setup import actions, queries
from portal.setup.forms import AdministratorForm

pages = router(include_in_schema=False)


@fills("frame.banner")
def reminder(unit: Unit) -> Markup | None:
    """What leads an administrator back to the question that is still open."""
    question = unit.portal.templates.names.read(unit.session).set_up
    if question not in actions.QUESTIONS or not unit.viewer.is_admin or unit.url.path.startswith("/set-up/"):
        return None
    return Markup(unit.fragment("setup/reminder.html", question=question))


@pages.get("/set-up/company")
@administrators
def ask_company(unit: Unit) -> Response:
    _require_open(unit)
    typed = {
        "company": company.setting(unit.session, company.COMPANY_NAME) or "",
        "timezone": company.setting(unit.session, company.TIMEZONE) or unit.viewer.timezone,
    }
    return _company_page(unit, typed, {})


def _require_open(unit: Unit) -> None:
    if company.setting(unit.session, company.SET_UP) not in actions.QUESTIONS:
        raise NotFound


def _company_page(unit: Unit, typed: Any, errors: dict[str, str], status: int = 200) -> Response:
    return unit.page("setup/company.html", status=status, typed=typed, errors=errors, zones=time_zones())


@pages.post("/set-up/company")
@administrators
def answer_company(unit: Unit) -> Response:
    _require_open(unit)
    try:
        form = parse(CompanyForm, unit.typed)
    except Invalid as invalid:
        return _company_page(unit, invalid.typed, invalid.errors, 422)
    account_actions.change_company(unit.session, unit.viewer, form)
    return _go_on(unit, "company")


def _go_on(unit: Unit, answered: str) -> Response:
    following = actions.go_on(unit.session, answered)
    _show_names_anew(unit)
    if following is None:
        unit.flash(_("Everything is set up. You lead the departments below until you name their leads."))
        return unit.go("/admin/departments")
    return unit.go(f"/set-up/{following}")


def _show_names_anew(unit: Unit) -> None:
    unit.afterwards_write(lambda later: later.portal.templates.names.forget())


@pages.get("/set-up/listen")
@administrators
def ask_listen(unit: Unit, look: str = "") -> Response:
    """The form, and with ``look`` what the feed says now. A GET, so that no transaction waits for a slow site."""
    _require_open(unit)
    typed = dict(unit.query_params)
    if not look:
        return _listen_page(unit, typed, {})
    try:
        form = parse(FeedForm, typed)
    except Invalid as invalid:
        return _listen_page(unit, typed, invalid.errors)
    found = _look(unit, form)
    return _listen_page(unit, typed, found.errors, found)


def _look(unit: Unit, form: FeedForm) -> Preview:
    return preview("feed", {"url": form.url}, form.track, unit.settings.allow_addresses)


def _listen_page(
    unit: Unit, typed: Any, errors: dict[str, str], found: Preview | None = None, status: int = 200
) -> Response:
    return unit.page("setup/listen.html", status=status, typed=typed, errors=errors, found=found)


@pages.post("/set-up/listen")
@administrators
def answer_listen(unit: Unit) -> Response:
    _require_open(unit)
    if unit.typed.get("skip"):
        return _go_on(unit, "listen")
    try:
        form = parse(FeedForm, unit.typed)
        listening_actions.require_new_address(unit.session, form.url)
        unit.session.rollback()  # Nobody else waits to write while a slow site answers.
        found = _look(unit, form)
        if found.errors:
            return _listen_page(unit, dict(unit.typed), found.errors, found, status=422)
        source = listening_actions.add_feed(unit.session, unit.viewer, form, found.title, found.problem)
    except Invalid as invalid:
        return _listen_page(unit, invalid.typed or dict(unit.typed), invalid.errors, status=422)
    if found.problem:
        unit.flash(listening_actions.added_in_words(source))
    unit.afterwards_write(lambda _unit: LOOKOUT.wake())
    return _go_on(unit, "listen")


@pages.get("/set-up/people")
@administrators
def ask_people(unit: Unit) -> Response:
    _require_open(unit)
    return _people_page(unit, "", [], [], {})


def _people_page(
    unit: Unit,
    people: str,
    invited: list[tuple[Any, str]],
    wrong: list[tuple[str, str]],
    errors: dict[str, str],
    status: int = 200,
) -> Response:
    return unit.page(
        "setup/people.html", status=status, typed={"people": people}, invited=invited, wrong=wrong, errors=errors
    )


@pages.post("/set-up/people")
@administrators
def answer_people(unit: Unit) -> Response:
    """Invite, and show each link once; the set-up ends with the button below them."""
    _require_open(unit)
    if unit.typed.get("finish"):
        return _go_on(unit, "people")
    try:
        form = parse(InviteForm, unit.typed)
    except Invalid as invalid:
        return _people_page(unit, "", [], [], invalid.errors, 422)
    people, unreadable = pasted_people(form.people)
    invited, taken = account_actions.invite_employees(unit.session, unit.viewer, people)
    links = [(person, f"{unit.settings.base_url}/join/{secret}") for person, secret in invited]
    wrong = unreadable + taken
    errors = {"people": _("Change what is still in the field.")} if wrong else {}
    typed = "\n".join(part for part, _problem in wrong)
    return _people_page(unit, typed, links, wrong, errors, 422 if wrong else 200)


@pages.get("/set-up/{secret}")
@public
def begin_page(unit: Unit, secret: str) -> Response:
    if not queries.opens(unit.session, secret):
        return _over(unit)
    return unit.page("setup/begin.html", secret=secret, typed={"name": "", "email": ""}, errors={})


def _over(unit: Unit) -> Response:
    """A used link leads the administrator on to what is left to do; to everybody else it says nothing."""
    question = company.setting(unit.session, company.SET_UP)
    if unit.viewer.is_admin and question in actions.QUESTIONS:
        return unit.go(f"/set-up/{question}")
    return unit.page("setup/over.html", status=404)


@pages.post("/set-up/{secret}")
@public
def begin(unit: Unit, secret: str) -> Response:
    if not queries.opens(unit.session, secret):
        return _over(unit)
    try:
        form = parse(AdministratorForm, unit.typed)
        with unit.session.begin_nested():
            person = actions.begin(unit.session, secret, form)
    except Invalid as invalid:
        typed = {"name": unit.typed.get("name", ""), "email": unit.typed.get("email", "")}
        return unit.page("setup/begin.html", status=422, secret=secret, typed=typed, errors=invalid.errors)
    except Conflict:
        return _over(unit)
    sign_in.enter(unit, person)
    _show_names_anew(unit)
    return unit.go("/set-up/company")
