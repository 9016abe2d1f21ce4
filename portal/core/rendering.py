"""Pages and fragments from one template each (Jinja2), with what every page needs: words, times, the frame."""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache, partial
from typing import Any, cast
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import jinja2
from jinja2.ext import Extension
from jinja2_fragments import render_block
from markupsafe import Markup
from starlette.responses import HTMLResponse

from portal.core import clock, i18n, slots
from portal.core.assets import Assets
from portal.core.company import Names
from portal.core.paths import TEMPLATES
from portal.core.security import FORM_TOKEN, form_token

reader_zone: ContextVar[str] = ContextVar("reader_zone", default="UTC")
"""The time zone of whoever reads, set as soon as a request's viewer is known: macros and lines see no viewer."""


class Flash:
    """A sentence about what was just done, with an address that undoes it, or None.

    ``link`` is where one can go from here: what it says, and its address.
    """

    def __init__(self, text: str, undo_action: str | None, link: tuple[str, str] | None = None) -> None:
        self.text = text
        self.undo_action = undo_action
        self.link = link


class Frame:
    """What stands round every page. Each part is asked for when the template names it: a fragment costs nothing."""

    def __init__(self, templates: "Templates", unit: Any) -> None:
        self._unit = unit
        self._templates = templates

    @property
    def product(self) -> str:
        return self._templates.names.read(self._unit.session).product

    @property
    def company(self) -> str:
        return self._templates.names.read(self._unit.session).company

    @property
    def nav(self) -> list[Any]:
        return slots.collect("frame.nav", self._unit)

    @property
    def spaces(self) -> list[Any]:
        return [entry for part in slots.collect("frame.spaces", self._unit) for entry in part]

    @property
    def banner(self) -> Markup | None:
        return slots.fill("frame.banner", self._unit) or None

    @property
    def note(self) -> Markup:
        """What stands quietly above the content of every page."""
        return slots.fill("frame.note", self._unit)

    @property
    def top(self) -> Markup | None:
        return slots.fill("frame.top", self._unit) or None

    @property
    def theme(self) -> str:
        return self._unit.viewer.theme or "auto"

    @property
    def flash(self) -> Flash | None:
        value = self._unit.cookie("flash")
        if not value:
            return None
        self._unit.set_cookie("flash", "", max_age=0)
        undo, _, rest = unquote(value).partition("|")
        address, _, rest = rest.partition("|")
        label, _, text = rest.partition("|")
        return Flash(text, undo if _is_ours(undo) else None, (label, address) if _is_ours(address) else None)


def _is_ours(address: str) -> bool:
    return address.startswith("/") and not address.startswith("//")


class FormTokens(Extension):
    """Puts the token of ``core/security.py`` into each form that changes something, so that none can lack it."""

    FORM = re.compile(r"<form\b(?:\{\{.*?\}\}|\{%.*?%\}|[^>{]|\{)*?>", re.DOTALL)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return self.FORM.sub(
            lambda form: form[0] + "{{ form_token() }}" if 'method="post"' in form[0] else form[0], source
        )


def _form_token() -> Markup:
    token = form_token.get()
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_TOKEN, token) if token else Markup()


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", FormTokens],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    cast(Any, environment).newstyle_gettext = True
    environment.globals.update(_=i18n.template_gettext, gettext=i18n.template_gettext, ngettext=i18n.template_ngettext)
    environment.globals["form_token"] = _form_token
    environment.filters.update(when=when, exact=exact, iso=iso, day=day)
    return environment


@lru_cache
def _mail_environments() -> tuple[jinja2.Environment, jinja2.Environment]:
    plain = _environment()
    plain.autoescape = False
    plain.globals.update(_=i18n.plain_gettext, gettext=i18n.plain_gettext, ngettext=i18n.plain_ngettext)
    return plain, _environment()


def mail_bodies(template: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """A mail as plain text and as HTML, from ``templates/mail/<template>.txt`` and ``.html``.

    It has no viewer and no page around it: the context holds everything it says.
    """
    import css_inline

    plain, markup = _mail_environments()
    text = plain.get_template(f"mail/{template}.txt").render(context)
    html = markup.get_template(f"mail/{template}.html").render(context)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", inliner.inline(html)


@cache
def _page_environment(assets: Assets) -> jinja2.Environment:
    """One for all apps of a process: reading every template anew takes longer than most requests."""
    environment = _environment()
    environment.globals.update(asset=assets.address, sprite=Markup(assets.address("vendor/icons.svg")), now=clock.now)
    environment.globals["ui"] = cast(Any, environment.get_template("ui/macros.html").module)
    return environment


class Templates:
    """The environment of all templates. ``assets`` gives the addresses of static files."""

    def __init__(self, assets: Assets) -> None:
        self.names = Names()
        self._assets = assets

    @property
    def environment(self) -> jinja2.Environment:
        """Read when the first page is: the start does not wait for it."""
        return _page_environment(self._assets)

    def response(
        self, unit: Any, template: str, block: str | None, *, status: int, context: dict[str, Any]
    ) -> HTMLResponse:
        return HTMLResponse(self.text(unit, template, block, context), status_code=status)

    def error_page(
        self, unit: Any | None, *, nonce: str, status: int, title: str, message: str, way_back: str | None = None
    ) -> str:
        """The page for a failed request. Without a unit it knows no viewer and asks no database."""
        return self.environment.get_template("error.html").render(
            frame=None if unit is None else Frame(self, unit),
            nonce=nonce,
            status=status,
            title=title,
            message=message,
            way_back=way_back,
            product_name=self.names.known.product,
        )

    def text(self, unit: Any, template: str, block: str | None, context: dict[str, Any]) -> str:
        values = {
            "unit": unit,
            "viewer": unit.viewer,
            "frame": Frame(self, unit),
            "nonce": unit.scope.get("nonce", ""),
            "slot": partial(_slot, unit),
            **context,
        }
        if block is not None:
            return render_block(self.environment, template, block, values)
        return self.environment.get_template(template).render(values)


def _slot(unit: Any, name: str, **about: Any) -> Markup:
    return slots.fill(name, unit, **about)


def iso(at: datetime) -> str:
    """The time for a machine: RFC 3339, in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _local(at: datetime, timezone: str | None) -> datetime:
    return at.astimezone(ZoneInfo(timezone or reader_zone.get()))


def exact(at: datetime, timezone: str | None = None) -> str:
    """The whole time in the reader's zone, such as "Tuesday 3 November 2026, 14:10"."""
    local = _local(at, timezone)
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M}"


def day(at: datetime, timezone: str | None = None) -> str:
    """The day in the reader's zone, such as "3 Nov 2027"."""
    local = _local(at, timezone)
    return f"{local.day} {local:%b %Y}"


def when(at: datetime, timezone: str | None = None) -> str:
    """The time as people say it: "just now", "14 min ago", "5 h ago", "Tue 14:10", "3 Oct", "3 Oct 2025"."""
    present = clock.now()
    age = present - at
    local, today = _local(at, timezone), _local(present, timezone)
    if timedelta(0) <= age < timedelta(minutes=1):
        return i18n.gettext("just now")
    if timedelta(0) <= age < timedelta(hours=1):
        return i18n.gettext("%(number)d min ago") % {"number": age.seconds // 60}
    if timedelta(0) <= age < timedelta(hours=12):
        return i18n.gettext("%(number)d h ago") % {"number": age.seconds // 3600}
    return _day_or_date(age, local, today)


def on_the_clock(at: datetime, timezone: str | None = None) -> str:
    """The time as it stays true while one looks: "14:10" for today, "Tue 14:10", "3 Oct", "3 Oct 2025"."""
    present = clock.now()
    local, today = _local(at, timezone), _local(present, timezone)
    return f"{local:%H:%M}" if local.date() == today.date() else _day_or_date(present - at, local, today)


def _day_or_date(age: timedelta, local: datetime, today: datetime) -> str:
    if timedelta(0) <= age < timedelta(days=6):
        return f"{local:%a %H:%M}"
    if local.year == today.year:
        return f"{local.day} {local:%b}"
    return f"{local.day} {local:%b %Y}"
