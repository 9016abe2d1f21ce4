"""What somebody reads who sent a story on: whether the next one like it goes there by itself."""

from sqlalchemy.orm import Session

from portal.access.viewer import Viewer
from portal.core.i18n import gettext as _
from portal.routing import actions
from portal.routing.decide import ReadRule

Link = tuple[str, str]


def where_next(
    session: Session, viewer: Viewer, rule: ReadRule | None, department_id: str | None
) -> tuple[str, Link | None]:
    """Where the next one like it goes, and a link to change that for whoever may.

    ``rule`` is what ``actions.rule_for_next`` found before the story went to ``department_id``, or aside.
    """
    if rule is None or rule.department.id == department_id:
        return _("The next one like it goes there by itself."), None
    sentence = _("The rule “%(rule)s” still brings the next ones to %(department)s.") % {
        "rule": rule.name,
        "department": rule.department.name,
    }
    if actions.may_edit_rules(session, viewer):
        return sentence, (_("Change the rule"), f"/routing/rules/{rule.id}")
    return f"{sentence} {_('Administrators and the leads of departments can change it.')}", None
