"""Icons: a page may use only those that the sprite carries."""

import re
from pathlib import Path

PROJECT = Path(__file__).parent.parent
USED = re.compile(r"""\bicon(?:_name)?\s*(?:\(|=)\s*["']([a-z0-9-]+)["']""")


def test_every_icon_a_page_names_is_in_the_sprite() -> None:
    sprite = (PROJECT / "static" / "vendor" / "icons.svg").read_text()
    carried = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    used = {
        (path.name, name) for path in (PROJECT / "templates").rglob("*.html") for name in USED.findall(path.read_text())
    }
    assert used
    assert {(page, name) for page, name in used if name not in carried} == set()
