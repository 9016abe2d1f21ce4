"""The wheel by itself: installed outside the checkout, it brings its templates, styles and migrations."""

import os
import re
import socket
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=PROJECT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def portal(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed command, in an environment that borrows what it depends on from this one."""
    environment = tmp_path_factory.mktemp("elsewhere") / "environment"
    venv.create(environment, with_pip=False)
    packages = next(environment.glob("lib*/python*/site-packages"))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    pip = (sys.executable, "-m", "pip", "--python", environment)
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", "--no-compile", wheel, cwd=environment)
    return environment / "bin" / "portal"


def test_it_carries_templates_styles_and_migrations(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {name.removeprefix("portal/_shipped/") for name in names if name.startswith("portal/_shipped/")}
    assert {"alembic.ini", "migrations/env.py", "static/vendor/htmx.min.js", "static/vendor/icons.svg"} <= shipped
    assert any(name.startswith("templates/") for name in shipped)
    assert any(name.startswith("migrations/versions/") for name in shipped)


def test_the_command_says_what_it_can_do(portal: Path, tmp_path: Path) -> None:
    assert "serve" in run(portal, "--help", cwd=tmp_path)


def test_it_migrates_and_serves_outside_the_checkout(portal: Path, tmp_path: Path) -> None:
    run(portal, "migrate", cwd=tmp_path)
    assert (tmp_path / "var" / "portal.db").exists()

    port = free_port()
    server = subprocess.Popen(
        [portal, "serve"], cwd=tmp_path, env=environment(PORT=str(port)), stdout=subprocess.DEVNULL
    )
    try:
        assert answer(f"http://127.0.0.1:{port}/healthz", server)[0] == 200
        status, page = answer(f"http://127.0.0.1:{port}/nowhere", server)
        assert status == 404
        style = re.search(r'href="(/static/[^"]+\.css)"', page)
        assert style is not None
        assert answer(f"http://127.0.0.1:{port}{style[1]}", server)[0] == 200
    finally:
        server.terminate()
        server.wait()


def run(*command: str | Path, cwd: Path) -> str:
    finished = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what points into the checkout or at other settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "PYTHON", "COV_"))}
    return {**kept, **more}


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answer(address: str, server: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The status and the text of a page, once the server listens."""
    while server.poll() is None:
        try:
            response = httpx2.get(address)
        except httpx2.ConnectError:
            time.sleep(0.05)
        else:
            return response.status_code, response.text
    raise AssertionError(f"the server ended with {server.returncode}")
