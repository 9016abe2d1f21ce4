"""Two answers that should be one, and what tells them apart."""

from tests.wall.client import Answer


def difference(one: Answer, other: Answer) -> str:
    """What differs first between the answers of world A and world B, in words; '' where nothing does."""
    if one.failure or other.failure:
        return f"failed: {one.failure} / {other.failure}"
    if one.status != other.status:
        return f"status {one.status} / {other.status}"
    if one.headers != other.headers:
        told = [pair for pair in one.headers + other.headers if (pair in one.headers) != (pair in other.headers)]
        if one.body == other.body or any(name != "content-length" for name, _ in told):
            return f"headers {told}"
    if one.body != other.body:
        return f"body {_around(one.body, other.body)}"
    if one.statements != other.statements:
        return f"statements {_first_other(one.statements, other.statements)}"
    return ""


def _around(one: bytes, other: bytes) -> str:
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"{one[max(0, at - 150) : at + 90]!r}\n      / {other[max(0, at - 20) : at + 90]!r}"


def _first_other(one: list[str], other: list[str]) -> str:
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"{len(one)} / {len(other)}: {one[at : at + 1]} / {other[at : at + 1]}"
