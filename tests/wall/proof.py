"""The proof itself: visit everything in both worlds, and tell what differs and which marks were seen."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from sqlalchemy import select

from portal.access.sessions import system_session
from portal.accounts.models import Mail
from tests.wall import cast
from tests.wall.client import Answer, Client, Visit
from tests.wall.compare import difference
from tests.wall.marks import marks_in, marks_in_answer
from tests.wall.routes import Filling, Route, visits, walk
from tests.wall.worlds import World

Record = Callable[[str, object], None]
"""Notes something about a test, for the summary."""


@dataclass
class Report:
    """What a proof found."""

    compared: int = 0
    compared_bytes: int = 0
    routes: set[str] = field(default_factory=set)
    differences: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def compare(self, what: object, one: Answer, other: Answer, *, typed: bytes = b"") -> None:
        """Note what differs, and the marks that came back without having been sent or ``typed``."""
        self.compared += 1
        self.compared_bytes += len(one.body)
        sent = marks_in(typed + (what.path.encode() + what.body if isinstance(what, Visit) else b""))
        self.seen |= (marks_in_answer(one) | marks_in_answer(other)) - sent
        told = difference(one, other)
        if told:
            self.differences.append(f"{what}\n    {told}")

    def tell(self, record: Record) -> None:
        """Note how much was compared."""
        record("routes", len(self.routes))
        record("answers", self.compared)
        record("bytes", self.compared_bytes)
        record("differing", len(self.differences))


Wanted = Callable[[Route], bool]


def everything(_route: Route) -> bool:
    return True


def prove(a: Client, b: Client, wanted: Wanted = everything, width: str = "some") -> Report:
    """Visit the wanted routes in both worlds as their viewer. Each visit finds the worlds as they were built."""
    report = Report()
    filling = Filling(a.world, b.world, width)
    for route in walk(a.app):
        if wanted(route):
            report.routes.add(route.name)
            for visit in visits(route, filling, is_inside=is_inside(route, a.world.viewer)):
                _visit(a, b, visit, report, wide=width == "all")
    return report


def is_inside(route: Route, viewer: str) -> bool:
    """Whether a route is open to this viewer at all."""
    is_employee = viewer in cast.EMPLOYEES
    if viewer in cast.LENT:
        return route.is_lent
    match route.open_to:
        case "public":
            return True
        case "employees":
            return is_employee
        case "administrators":
            return viewer in cast.ADMINISTRATORS
    return is_employee or viewer in cast.CUSTOMERS


OPENS = ("/groups/{group_id}/join", "/admin/emergency", "/emergencies", "/view-as/stop")
"""What gives access to what was hidden, to everybody who wants it, for a stated reason, or because it is one's own:
what is seen afterwards may differ."""


def _visit(a: Client, b: Client, visit: Visit, report: Report, *, wide: bool) -> None:
    one, other = a.send(visit), b.send(visit)
    report.compare(visit, one, other)
    again = once_more(visit, one)
    if again is not None:
        visit, one, other = again, a.send(again), b.send(again)
        report.compare(visit, one, other)
    if a.world.viewer in cast.LOOKING_ON and any(WORDS.match(each) for each in a.statements):
        report.differences.append(f"{visit}\n    somebody who only looks wrote something")
    if a.world.viewer in cast.LOOKING_ON and any(link.encode() in one.body for link in _links(a.world)):
        report.differences.append(f"{visit}\n    somebody who only looks is shown a link that brings others in")
    if one.status == 200 and any(link in visit.path for link in a.world.ids("ended secret", hidden=False)):
        report.differences.append(f"{visit}\n    opens what has ended")
    if visit.method not in ("GET", "HEAD") and one.is_done and other.is_done and not visit.route.endswith(OPENS):
        _follow(a, b, visit, one, report, wide=wide)
    for client in (a, b):
        client.start_over()


def _links(world: World) -> list[str]:
    return world.ids("secret", hidden=True) + world.ids("ended secret", hidden=True)


def once_more(visit: Visit, answer: Answer) -> Visit | None:
    """The same, sent after a look at what will become of it; None where no look was shown."""
    shown = LOOK.search(answer.body)
    if visit.method == "GET" or shown is None:
        return None
    name, value = (each.decode() for each in shown.groups())
    if visit.body.startswith(b"{"):
        body = json.dumps({**json.loads(visit.body), name: value}).encode()
    else:
        body = visit.body + urlencode({"": "", name: value, "invite": "1"}).encode().removeprefix(b"=")
    return replace(visit, about=f"{visit.about}, seen", body=body)


WORDS = re.compile("INSERT INTO (colleague_request|comment|file|invitation|post|report|thanks|version) ")

LOOK = re.compile(rb"""(seen|looked_at)["'] ?(?:value=|:)["']([0-9a-f]{16,})["']""")


def _follow(a: Client, b: Client, visit: Visit, answer: Answer, report: Report, *, wide: bool) -> None:
    """What the viewer sees of what they did: the page it leads to, and what they are told of it."""
    written = (list(a.statements), list(b.statements))
    if wide:
        for client in (a, b):
            client.deliver(str(visit))
        compare_told(a, b, f"what follows {visit}", report)
    leads_to = answer.header("location")
    if leads_to.startswith("/"):
        after = Visit("GET", "", leads_to.partition("#")[0], f"after {visit}")
        report.compare(after, a.send(after), b.send(after), typed=visit.body)
    a.statements, b.statements = written


def compare_told(a: Client, b: Client, what: str, report: Report) -> None:
    """The mails of the viewer. What their bell holds is on their pages."""
    told = [told_to_viewer(client) for client in (a, b)]
    report.seen |= marks_in(repr(told).encode())
    if told[0] != told[1]:
        report.differences.append(f"{what}\n    told {_only(*told)} / {_only(told[1], told[0])}")


def _only(these: Iterable[str], but: Iterable[str]) -> list[str]:
    known = set(but)
    return [each[:300] for each in these if each not in known]


def told_to_viewer(client: Client) -> list[str]:
    """Every mail that went to the viewer, as it is sent."""
    name = client.world.viewer
    with system_session(client.database) as session:
        person = next((thing.id for thing in client.world.things if thing.name == name), None)
        mails = session.scalars(select(Mail).where(Mail.person_id == (person or "")))
        return sorted(
            f"{mail.kind} {mail.recipient} {mail.subject}\n{mail.text}\n{mail.html}\n{mail.unsubscribe_url}"
            for mail in mails
        )
