"""Trying a rule on what was heard, before it is saved."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.access.viewer import Viewer
from portal.listening.queries import Said, department_names, holds, recently_said
from portal.listening.track import parse
from portal.routing import queries
from portal.routing.forms import TrialForm
from portal.routing.models import Rule


@dataclass(frozen=True)
class Caught:
    """A mention the rule would catch. ``now`` is where it is, ``changes`` whether the rule would send it elsewhere.

    ``first`` names a rule above, which would be quicker.
    """

    said: Said
    now: str
    changes: bool
    first: str | None


@dataclass(frozen=True)
class Trial:
    """What a rule would have done among the latest mentions its author may see."""

    looked_at: int
    caught: tuple[Caught, ...]

    @property
    def changes(self) -> int:
        return sum(each.changes for each in self.caught)


def try_rule(session: Session, viewer: Viewer, form: TrialForm, rule: Rule | None = None) -> Trial:
    """Try a rule, new or changed, on past mentions. Nothing is stored."""
    track = parse(form.track)
    said = recently_said(session, viewer)
    matching = [each for each in said if holds(track, each)]
    because = queries.because(session, viewer, {each.story_id for each in matching})
    above = [(each.name, parse(each.track)) for each in _above(session, viewer, rule)]
    names = department_names(session)
    wanted = queries.departments(session).get(form.department)
    caught = []
    for each in matching:
        why = because.get(each.story_id)
        first = next((name for name, track in above if holds(track, each)), None)
        elsewhere = wanted is not None and (why is None or why.department_id != wanted.id)
        by_person = why is not None and why.made_by == "person"
        place = names.get(why.department_id or "", why.led_to) if why else "triage"
        caught.append(Caught(each, place, elsewhere and first is None and not by_person, first))
    return Trial(len(said), tuple(caught))


def _above(session: Session, viewer: Viewer, rule: Rule | None) -> list[Rule]:
    known = queries.rules(session, viewer)
    return [each for each in known if rule is None or each.position < rule.position]
