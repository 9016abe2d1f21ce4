"""What people wrote, as one viewer reads it: with the names they may know, and links to files they may save."""

import re
from collections.abc import Collection, Mapping, Sequence

from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.access.places import places
from portal.access.viewer import Viewer
from portal.groups.queries import Shortened, shortened_people

_NAMED = re.compile(r'(<span class="named" data-person="([0-9a-z]{20})">)@[^<]*')
_LINK_TO_FILE = re.compile(r'<a href="/files/[0-9a-z]{20}"[^>]*>(.*?)</a>', re.DOTALL)


class Reading:
    """How texts of each space read to one viewer. To staff they read as they were written."""

    def __init__(
        self, viewer: Viewer, shortened: Mapping[str, Sequence[Shortened]], without_files: Collection[str]
    ) -> None:
        self._me = f'"named" data-person="{viewer.person_id}"'
        self._shortened = shortened
        self._without_files = without_files

    def text(self, space_id: str | None, text: str) -> str:
        """A text in Markdown, or its beginning: whom it names is named as the viewer may know them."""
        for person in self._shortened.get(space_id or "", ()):
            whole = r"\s+".join(re.escape(word) for word in person.name.split())
            text = re.sub(rf"@(\[?){whole}", rf"@\g<1>{person.first_name}", text, flags=re.IGNORECASE)
            text = _without_half_a_name(text, person)
        return text

    def html(self, space_id: str, html: str) -> Markup:
        """The stored, clean HTML, in which the viewer's own name stands out."""
        people = {person.id: person.first_name for person in self._shortened.get(space_id, ())}
        if people:
            html = _NAMED.sub(lambda found: f"{found[1]}@{people[found[2]]}" if found[2] in people else found[0], html)
        if space_id in self._without_files:
            html = _LINK_TO_FILE.sub(r"\1", html)
        return Markup(html.replace(self._me, '"named named-me"'))


def _without_half_a_name(text: str, person: Shortened) -> str:
    """A beginning of a text may end in the middle of a name, which is not found whole then."""
    name = " ".join(person.name.split())
    for length in range(len(name) - 1, len(person.first_name), -1):
        half = name[:length].lower()
        if text.lower().endswith((f"@{half}", f"@[{half}")):
            return text[: len(text) - length + len(person.first_name)]
    return text


def reading_of(session: Session, viewer: Viewer) -> Reading:
    """How texts read to this viewer."""
    if not viewer.is_customer:
        return Reading(viewer, {}, ())
    without_files = {row.id for row in places(session, viewer) if not row.customers_download}
    return Reading(viewer, shortened_people(session, viewer), without_files)
