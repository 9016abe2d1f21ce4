"""Looking at feeds when their time has come; fetched outside any transaction, so a slow site harms nobody else."""

import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from portal.core.i18n import Sentence, to_translate
from portal.core.jobs import Work
from portal.listening import actions, queries
from portal.listening.glance import Glances
from portal.listening.item import Batch, FeedElsewhere, Item, SourceAway, SourceFailed, find_connector
from portal.listening.track import parse as read_track

if TYPE_CHECKING:
    from portal.core.http import Client

log = structlog.get_logger()

AT_ONCE = 4
PREVIEW_SECONDS = 8.0


class Lookout:
    """One round of looking at a time in a process, in a thread of its own."""

    def __init__(self) -> None:
        self._work: Work | None = None
        self._busy = threading.Lock()

    def tick(self, work: Work) -> None:
        """Look at what is due."""
        self._work = work
        self.wake()

    def wake(self) -> None:
        """Look at once, in a process that looks at all."""
        if self._work is not None:
            threading.Thread(target=self._round, args=(self._work,), name="lookout", daemon=True).start()

    def _round(self, work: Work) -> None:
        if not self._busy.acquire(blocking=False):
            return
        try:
            look_at_due_sources(work)
        except Exception as failure:
            log.error("looking at sources failed", exc_info=failure)
        finally:
            self._busy.release()


LOOKOUT = Lookout()


def look_at_due_sources(work: Work) -> int:
    """Look once at every feed that is due. Returns how many there were."""
    with work.open_session() as session:
        due = actions.lease_due_sources(session)
    if not due:
        return 0
    from portal.core.http import Client

    http = Client(work.settings.allow_addresses)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        looks = [
            (source_id, threads.submit(_fetch, kind, settings, cursor, http))
            for source_id, kind, settings, cursor in due
        ]
        for source_id, look in looks:
            _keep(work, source_id, look.result())
    return len(due)


def _fetch(kind: str, settings: Mapping[str, str], cursor: Mapping[str, str], http: "Client") -> Batch | SourceFailed:
    """What the source holds, or why not. A connector that breaks is a failure of this source alone."""
    try:
        return find_connector(kind)(settings, cursor, http)
    except SourceFailed as problem:
        return problem
    except Exception as failure:
        log.error("a connector broke", kind=kind, exc_info=failure)
        return SourceFailed(to_translate("Earshot could not read what this source answered."))


def _keep(work: Work, source_id: str, found: Batch | SourceFailed) -> None:
    try:
        with work.open_session() as session:
            source = queries.source_by_id(session, source_id)
            if source is None or source.removed_at is not None or source.health == "paused":
                return
            if isinstance(found, SourceFailed):
                actions.note_failure(session, source, found.sentence)
            else:
                actions.note_batch(session, source, found)
    except Exception as failure:
        log.error("what a source brought could not be kept", source_id=source_id, exc_info=failure)


@dataclass(frozen=True)
class Preview:
    """What a source holds now. ``kept`` are the items its track would keep; ``problem`` says why there is nothing.

    ``away``: it may be heard later all the same. ``elsewhere``: the address of a feed that is named there.
    """

    items: tuple[Item, ...] = ()
    kept: tuple[Item, ...] = ()
    title: str | None = None
    problem: Sentence | None = None
    away: bool = False
    elsewhere: str | None = None

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong with the address, where there is nothing to listen to, now or later."""
        return {"url": str(self.problem)} if self.problem and not self.away else {}


_GLANCES: Glances[Batch | SourceFailed] = Glances()


def preview(
    kind: str, settings: Mapping[str, Any], track: str, allow_addresses: tuple[str, ...], *, again: bool = False
) -> Preview:
    """What this source would bring now; nothing is stored. ``track`` must be readable.

    Takes up to eight seconds, so call it where no write transaction is open. With ``again`` what it gave a moment ago
    is good enough: other words are tried on it.
    """
    from portal.core.http import Client

    asked = json.dumps([kind, settings], sort_keys=True)
    found = _GLANCES.recall(asked) if again else None
    if found is None:
        http = Client(allow_addresses, max_seconds=PREVIEW_SECONDS)
        found = _GLANCES.ask(asked, lambda: _fetch(kind, settings, {}, http))
    if isinstance(found, SourceFailed):
        elsewhere = found.address if isinstance(found, FeedElsewhere) else None
        return Preview(problem=found.sentence, away=isinstance(found, SourceAway), elsewhere=elsewhere)
    if found.gone:
        return Preview(problem=Sentence(actions.GONE), title=found.title)
    wanted = read_track(track) if track.strip() else None
    kept = tuple(
        item
        for item in found.items
        if wanted is None or wanted.matches(f"{item.title or ''}\n{item.text}", item.lang, item.author, found.title)
    )
    return Preview(found.items, kept, found.title, found.problem, away=found.problem is not None)
