"""Who is looking."""

from dataclasses import dataclass

from portal.access.models import photo_address


@dataclass(frozen=True, slots=True)
class Viewer:
    """The one on whose behalf something is read or done.

    ``kind`` is ``employee``, ``customer``, ``nobody`` (signed out) or ``system`` (workers and the command line).

    A colleague (``lent_to``) may look at one space (``within``) as this customer does: such a viewer sees nothing
    outside it, nothing that is the customer's own, and changes nothing.

    ``terms`` is the version that holds for customers, None without any; who ``owes_terms`` accepts it before anything
    else is shown.
    """

    kind: str
    person_id: str | None = None
    name: str = ""
    email: str = ""
    is_admin: bool = False
    timezone: str = "UTC"
    theme: str = ""
    photo_key: str | None = None
    organisation_id: str | None = None
    session_id: str | None = None
    terms: int | None = None
    owes_terms: bool = False
    lent_to: str | None = None
    within: str | None = None
    in_emergency: bool = False
    """Reads a group that is not theirs, as an announced and limited exception; see ``access/emergency.py``."""

    @property
    def is_signed_in(self) -> bool:
        return self.person_id is not None

    @property
    def is_employee(self) -> bool:
        return self.kind == "employee"

    @property
    def is_customer(self) -> bool:
        return self.kind == "customer"

    @property
    def is_system(self) -> bool:
        return self.kind == "system"

    @property
    def is_lent(self) -> bool:
        """Whether a colleague looks through this person's eyes."""
        return self.within is not None

    @property
    def actor_id(self) -> str | None:
        """Who is behind what happens: the colleague, where they look through somebody else's eyes."""
        return self.lent_to or self.person_id

    @property
    def photo_url(self) -> str | None:
        return photo_address(self.person_id, self.photo_key)

    @property
    def id(self) -> str:
        """The signed-in person's id. Raises ``LookupError`` where nobody is signed in."""
        if self.person_id is None:
            raise LookupError("nobody is signed in")
        return self.person_id


NOBODY = Viewer("nobody")
SYSTEM = Viewer("system")
