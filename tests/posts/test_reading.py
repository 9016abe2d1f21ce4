"""Names that are shortened, in texts that name people."""

import pytest

from portal.access.viewer import Viewer
from portal.groups.queries import Shortened
from portal.posts.reading import Reading


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ask @Jo Reyes, please", "Ask @Jo, please"),
        ("Ask @[Jo Reyes](person:x)", "Ask @[Jo](person:x)"),
        ("Ask @Jo  Reyes", "Ask @Jo"),
        ("Ask @Jo Rey", "Ask @Jo"),
        ("Ask @Jo", "Ask @Jo"),
        ("Ask @Joanna", "Ask @Joanna"),
    ],
)
@pytest.mark.parametrize("name", ["Jo Reyes", "Jo  Reyes"])
def test_a_surname_is_left_out_whole_or_half_however_it_is_spaced(written: str, read: str, name: str) -> None:
    """A text that was cut in the middle of a name, and an index that keeps one space of two, showed the surname."""
    reading = Reading(Viewer("customer", person_id="kim"), {"space": [Shortened("jo", name, "Jo")]}, ())
    assert reading.text("space", written) == read
    assert reading.text("elsewhere", written) == written
