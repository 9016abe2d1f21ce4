"""What programs can ask: the API's description, as JSON and as a page, for people who are signed in."""

from typing import Any

from fastapi import Response

from portal.access.unit import Unit, router
from portal.core.openapi import describe

pages = router(include_in_schema=False)
METHODS = ("get", "post", "put", "patch", "delete")


@pages.get("/api/v1/openapi.json")
def description(unit: Unit) -> Response:
    return unit.answer(_description(unit))


def _description(unit: Unit) -> dict[str, Any]:
    open_to = {"public", "people"}
    if unit.viewer.is_employee:
        open_to.add("employees")
    if unit.viewer.is_admin:
        open_to.add("administrators")
    return describe(unit.app, frozenset(open_to))


@pages.get("/me/api.json")
def description_in_the_browser(unit: Unit) -> Response:
    return unit.answer(_description(unit))


@pages.get("/me/api")
def reference(unit: Unit) -> Response:
    return unit.page("accounts/api.html", chapters=_chapters(_description(unit)))


def _chapters(description: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The operations by subject, each with what it takes."""
    chapters: dict[str, list[dict[str, Any]]] = {}
    for path, item in description["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                chapters.setdefault((operation.get("tags") or ["other"])[0], []).append(
                    {
                        "method": method.upper(),
                        "path": path,
                        "summary": operation.get("summary", ""),
                        "query": [each for each in operation.get("parameters", []) if each["in"] == "query"],
                        "body": _fields(description, operation),
                    }
                )
    return sorted(chapters.items())


def _fields(description: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = description["components"]["schemas"].get(name, {})
    return [
        {"name": field, "required": field in schema.get("required", ()), "about": about.get("description", "")}
        for field, about in schema.get("properties", {}).items()
    ]
