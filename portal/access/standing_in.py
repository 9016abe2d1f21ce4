"""Who answers for a host who is away: their deputy, or while that one is away too, the deputy's deputy, and so on."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from portal.access.models import Deputy
from portal.access.viewer import Viewer
from portal.core.database import PRESENT


def _chains() -> Any:
    """Everybody whom the chain of deputies leads to from a host who is away. A circle leads back, and no further."""
    away = select(Deputy.person_id.label("host_id"), Deputy.deputy_id).where(Deputy.away_until > PRESENT)
    reached, further = away.cte("deputies", recursive=True), aliased(Deputy)
    return reached.union(
        select(reached.c.host_id, further.deputy_id).where(
            further.person_id == reached.c.deputy_id, further.away_until > PRESENT
        )
    )


_REACHED, _ITSELF = _chains(), aliased(Deputy)

STANDS_IN = (
    select(_REACHED.c.host_id, _REACHED.c.deputy_id)
    .where(_REACHED.c.deputy_id.not_in(select(_ITSELF.person_id).where(_ITSELF.away_until > PRESENT)))
    .cte("stands_in")
)
"""The hosts who are away (``host_id``), each with the one colleague who stands in (``deputy_id``). A host whose
deputies are all away is not among them, and answers themselves."""


def hosts_for(viewer: Viewer) -> Select[str]:
    """The ids of the hosts who are away and for whom the viewer stands in, as a subquery for ``in_``."""
    hosts: Select[str] = select(STANDS_IN.c.host_id)
    return hosts.where(STANDS_IN.c.deputy_id == viewer.person_id)
