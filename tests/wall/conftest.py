"""Says at the end of ``make prove`` how much was compared."""

from typing import Any

from tests.wall.thorough import is_thorough


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not is_thorough():
        return
    reports = [each for outcome in ("passed", "failed") for each in terminalreporter.getreports(outcome)]
    told = [dict(each.user_properties) for each in reports if each.when == "call"]
    total = {
        name: sum(each.get(name, 0) for each in told) for name in ("answers", "bytes", "differing", "leaks", "runs")
    }
    routes = max((each.get("routes", 0) for each in told), default=0)
    viewers = {each["viewer"] for each in told if "viewer" in each}
    terminalreporter.section("the wall")
    terminalreporter.line(f"{routes} routes, {len(viewers)} viewers, two worlds: {total['answers']} answers compared")
    terminalreporter.line(f"{total['bytes']} bytes in each world, {total['differing']} answers differ")
    terminalreporter.line(f"{total['leaks']} leaks made and noticed, {total['runs']} random runs")
