"""Renders every macro and the main screens with invented people, so that a designer can look at them.

``python -m tests.styleguide`` writes PNGs (1280, 390 and 320 px, light and dark) and reports what axe, the content
security policy and the layout have to complain about. Options: names of pages; ``--out DIR``; ``--quick``: 1280 only.
"""

import argparse
import mimetypes
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from playwright.sync_api import Browser, Page, Route

from portal.core import clock
from portal.core.assets import Assets
from portal.core.paths import TEMPLATES
from portal.core.rendering import Templates
from portal.core.security import POLICY
from tests.browser import chromium, violations

PROJECT = Path(__file__).resolve().parent.parent
PAGES = PROJECT / "tests" / "styleguide_pages"
HOST = "http://styleguide.test"
NONCE = "c3R5bGVndWlkZQ"
NOW = clock.now()
VIEWS = [
    (1280, 860, "light"),
    (1280, 860, "dark"),
    (390, 844, "light"),
    (390, 844, "dark"),
    (320, 640, "light"),
    (800, 900, "light"),
]
ASSETS = Assets()


@dataclass
class Person:
    name: str
    kind: str = "employee"
    photo_url: str | None = None
    is_signed_in: bool = True
    is_admin: bool = False
    person_id: str = "p1"
    timezone: str = "Europe/Berlin"


@dataclass
class Item:
    key: str
    label: str
    href: str
    icon: str
    count: int | None = None
    current: bool = False


@dataclass
class Space:
    name: str
    href: str
    unread: int = 0
    outside: bool = False
    current: bool = False

    @property
    def id(self) -> str:
        return self.name


@dataclass
class Flash:
    text: str
    undo_action: str | None = None
    link: tuple[str, str] | None = None


@dataclass
class Frame:
    nav: list[Item]
    spaces: list[Space]
    product: str = "Earshot"
    company: str = "Halden Pumps"
    flash: Flash | None = None
    banner: str | None = None
    note: str = ""
    top: str | None = None
    theme: str = "auto"


@dataclass
class Cast:
    """The invented people and times that the pages use."""

    mara: Person = field(default_factory=lambda: Person("Mara Lindqvist"))
    ben: Person = field(default_factory=lambda: Person("Ben Okafor"))
    nadia: Person = field(default_factory=lambda: Person("Nadia Weiss"))
    tomas: Person = field(default_factory=lambda: Person("Tomás Herrera"))
    jo: Person = field(default_factory=lambda: Person("Jo Reyes", "customer"))
    priya: Person = field(default_factory=lambda: Person("Priya Raman", "customer"))

    def ago(self, **units: float) -> datetime:
        return NOW - timedelta(**units)


def employee_frame(current: str, space: str = "") -> Frame:
    nav = [
        Item("catch-up", "Catch up", "/catch-up", "newspaper"),
        Item("inbox", "Inbox", "/inbox", "inbox", 7),
        Item("waiting", "Customers waiting", "/waiting", "hourglass", 2),
        Item("heard", "Heard", "/heard", "ear"),
        Item("groups", "Groups", "/groups", "layers"),
        Item("search", "Search", "/search", "search"),
        Item("people", "People", "/people", "users"),
        Item("admin", "Administration", "/admin", "settings"),
    ]
    spaces = [
        Space("Harbour Foods", "/s/harbour", 3, True),
        Space("Field service", "/s/field", 2),
        Space("Service", "/s/service"),
        Space("Pump X2 launch", "/s/x2"),
        Space("Northwind Clinics & Laboratories", "/s/northwind", 0, True),
    ]
    for item in nav:
        item.current = item.key == current
    for entry in spaces:
        entry.current = entry.name == space
    return Frame(nav, spaces)


def customer_frame() -> Frame:
    return Frame([], [Space("Harbour Foods & Halden", "/s/harbour", 0, True, True)])


def environment() -> jinja2.Environment:
    """The product's own environment, which also finds the pages of the style guide."""
    env = Templates(ASSETS).environment
    env.loader = jinja2.FileSystemLoader([TEMPLATES, PAGES])
    return env


def slot_of(env: jinja2.Environment) -> Callable[..., Markup]:
    fillers = {"frame.bell": lambda: env.globals["ui"].bell("/notices", 4)}  # type: ignore[attr-defined]
    return lambda name, **_about: fillers.get(name, Markup)()


def render(env: jinja2.Environment, name: str) -> str:
    cast = Cast()
    is_customer = name.startswith("customer")
    frame = customer_frame() if is_customer else employee_frame(*CURRENT.get(name, ("", "")))
    return env.get_template(f"{name}.html").render(
        cast=cast,
        viewer=cast.jo if is_customer else cast.mara,
        frame=frame,
        nonce=NONCE,
        slot=slot_of(env),
        flash=Flash,
        status=404,
        title="There is nothing here",
        way_back=None,
        message="It was moved, or it is not open to you.",
    )


CURRENT = {
    "catch_up": ("catch-up", ""),
    "inbox": ("inbox", ""),
    "case": ("inbox", ""),
    "thread": ("", "Harbour Foods"),
    "space": ("", "Field service"),
    "forms": ("groups", ""),
}


def serve(env: jinja2.Environment, route: Route) -> None:
    path = route.request.url.removeprefix(HOST).split("?")[0]
    if path.startswith("/static/"):
        name = path.split("/", 3)[3]
        route.fulfill(body=ASSETS.content(name)[0], content_type=mimetypes.guess_type(name)[0])
    elif path == "/thread-comments":
        html = env.get_template("_comments.html").render(cast=Cast(), later=True)
        route.fulfill(
            body=html, content_type="text/html", headers={"Content-Security-Policy": POLICY.format(nonce=NONCE)}
        )
    elif path == "/live":
        route.fulfill(body='data: {"topic": "post-p1"}\n\n', content_type="text/event-stream")
    elif path.startswith("/people/complete"):
        route.fulfill(body='<li role="option" id="o1" data-value="@mara">Mara Lindqvist</li>', content_type="text/html")
    elif path.startswith("/preview"):
        route.fulfill(body="<p>As others <strong>will</strong> see it.</p>", content_type="text/html")
    elif path.startswith("/files"):
        route.fulfill(body="![wet-carton.jpg](/files/f1)", content_type="text/plain")
    elif (PAGES / f"{path.strip('/')}.html").exists():
        html = render(env, path.strip("/"))
        route.fulfill(
            body=html, content_type="text/html", headers={"Content-Security-Policy": POLICY.format(nonce=NONCE)}
        )
    else:
        route.fulfill(status=404, body="", content_type="text/plain")


def complaints(page: Page, with_axe: bool) -> list[str]:
    found = [f"wider than the screen: {element}" for element in page.evaluate(TOO_WIDE)]
    if with_axe:
        for violation in violations(page):
            nodes = "; ".join(f"{node['target']} {node.get('failureSummary', '')}" for node in violation["nodes"][:4])
            found.append(f"axe {violation['id']}: {nodes}")
    return found


TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map(e => e.tagName + '.' + e.className)"""


def listen(page: Page) -> list[str]:
    """What the browser complains about from now on."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def photograph(browser: Browser, env: jinja2.Environment, names: list[str], out: Path, quick: bool) -> int:
    bad = 0
    for width, height, scheme in VIEWS[:1] if quick else VIEWS:
        size: Any = {"width": width, "height": height}
        dress: Any = scheme
        context = browser.new_context(viewport=size, color_scheme=dress, has_touch=width < 640)
        context.route("**/*", lambda route: serve(env, route))
        for name in names:
            page = context.new_page()
            said = listen(page)
            page.goto(f"{HOST}/{name}", wait_until="load")
            page.wait_for_timeout(120)
            page.screenshot(path=out / f"{name}-{width}-{scheme}.png", full_page=width != 390)
            for complaint in [*said, *complaints(page, width in (1280, 390))]:
                bad += 1
                sys.stdout.write(f"{name} {width} {scheme}: {complaint}\n")
            page.close()
        context.close()
    return bad


def page_names() -> list[str]:
    return sorted(path.stem for path in PAGES.glob("[a-z]*.html"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--out", type=Path, default=PROJECT / "screenshots" / "styleguide")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    names = options.names or page_names()
    with chromium() as browser:
        bad = photograph(browser, environment(), names, options.out, options.quick)
    sys.stdout.write(f"{len(names)} pages, {bad} complaints, pictures in {options.out}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
