"""The decision itself, without a database: the first rule that matches, else the classifier; docs/routing.md says it
in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.core.i18n import gettext as _
from portal.listening.track import Heard, Track
from portal.routing.classify import Prediction

SURE = 1.0
"""The confidence of a rule, and of a person."""


@dataclass(frozen=True)
class Department:
    """A department as routing knows it. ``inbox_id`` is its inbox space."""

    id: str
    key: str
    name: str
    restricted: bool
    inbox_id: str


@dataclass(frozen=True)
class ReadRule:
    """A rule whose track has been read."""

    id: str
    name: str
    track: Track
    department: Department


@dataclass(frozen=True)
class Decision:
    """Where something goes, and why. ``led_to`` is ``department``, ``triage`` or ``aside``."""

    led_to: str
    department: Department | None
    made_by: str
    reason: str
    confidence: float
    rule_id: str | None = None

    def space(self, listening_id: str, *, private: bool) -> str:
        """Where a story that goes there lives: behind its department's wall where it is private or restricted."""
        if self.department is not None and (private or self.department.restricted):
            return self.department.inbox_id
        return listening_id


def by_rule(heard: Heard, rules: Sequence[ReadRule]) -> Decision | None:
    """The decision of the first rule that matches."""
    for rule in rules:
        if rule.track.holds(heard):
            return Decision("department", rule.department, "rule", rule_reason(rule.name), SURE, rule.id)
    return None


def rule_reason(name: str) -> str:
    """How a route says which rule made it."""
    return _("rule: %(name)s") % {"name": name}


def by_classifier(prediction: Prediction, departments: Mapping[str, Department]) -> Decision:
    """What the classifier makes of it: it decides alone above its line, else people do."""
    if prediction.triage:
        return Decision("triage", None, "classifier", prediction.reason, prediction.confidence)
    if prediction.department == "none":
        return Decision("aside", None, "classifier", prediction.reason, prediction.confidence)
    department = departments.get(prediction.department)
    if department is None:
        missing = _("it looks like %(department)s, and no such department is set up") % {
            "department": prediction.department
        }
        return Decision("triage", None, "classifier", missing, prediction.confidence)
    return Decision("department", department, "classifier", prediction.reason, prediction.confidence)


def for_private(
    decision: Decision, prediction: Prediction | None, departments: Mapping[str, Department]
) -> Decision | None:
    """Something private is never unsorted or set aside, where others would read it: it goes to the best guess.

    None where there is no department at all.
    """
    if decision.department is not None:
        return decision
    guessed = departments.get(prediction.department) if prediction else None
    department = guessed or next(iter(departments.values()), None)
    if department is None:
        return None
    reason = _("it is private, so it went to the closest department")
    return Decision("department", department, "classifier", reason, decision.confidence)
