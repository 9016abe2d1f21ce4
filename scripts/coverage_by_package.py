"""Says how much of each package the last test run covered: lines and branches together, in per cent."""

import json
import tempfile
from collections import Counter
from pathlib import Path, PurePath

import coverage


def totals() -> dict[str, tuple[int, int]]:
    """For each package the statements and branches that ran, and those there are."""
    ran: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for file, report in measured()["files"].items():
        summary = report["summary"]
        package = PurePath(file).parts[1].removesuffix(".py")
        ran[package] += summary["covered_lines"] + summary["covered_branches"]
        there[package] += summary["num_statements"] + summary["num_branches"]
    return {package: (ran[package], there[package]) for package in sorted(there)}


def measured() -> dict[str, dict[str, dict[str, dict[str, int]]]]:
    data = coverage.Coverage()
    data.load()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        data.json_report(outfile=str(report))
        found: dict[str, dict[str, dict[str, dict[str, int]]]] = json.loads(report.read_text())
    return found


def show(packages: dict[str, tuple[int, int]]) -> None:
    for package, (ran, there) in packages.items():
        print(f"{package:16} {percent(ran, there):>7}")
    everything = [sum(column) for column in zip(*packages.values(), strict=True)]
    print(f"{'all':16} {percent(*everything):>7}")


def percent(ran: int, there: int) -> str:
    return f"{100 * ran / there:.1f} %" if there else "empty"


if __name__ == "__main__":
    show(totals())
