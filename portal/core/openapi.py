"""The description of the API for programs (OpenAPI 3.1), made from the routes below ``/api/v1``."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts

from portal.core.forms import EMPLOYEES_ALONE

PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457). `errors` names what to change, field by field.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["type", "title", "status", "detail"],
}
FAILURES = {
    "401": "No token, or one that holds no more",
    "404": "Absent, or not open to you: the two look the same",
    "422": "Something has to be changed",
}
FAILED_CHANGES = {
    "403": "Yours to see, and not to do",
    "409": "Somebody was quicker, or it has to stay as it is",
}
EVERYONE = frozenset({"public", "people", "employees", "administrators"})


@lru_cache(maxsize=8)
def describe(app: FastAPI, open_to: frozenset[str] = EVERYONE) -> dict[str, Any]:
    """The description of what is open to them (see ``access/unit.py``): who may not ask is not told that one can."""
    whole = get_openapi(
        title="Earshot",
        version="1",
        description="Send `Authorization: Bearer …` with one of your tokens. Lists come in pages of 20, or of another "
        "`limit` from 1 to 100: go on with `cursor`. Times are in UTC, to the second: `2027-11-03T14:30:00Z`.",
        routes=list(_routes(app, open_to)),
    )
    schemas = whole.get("components", {}).get("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for schema in schemas.values():
        _leave_out(schema, hide="employees" not in open_to)
    schemas["Problem"] = PROBLEM
    return {
        **{key: whole[key] for key in ("openapi", "info")},
        "security": [{"token": []}],
        "paths": {path: _operations(item) for path, item in sorted(whole["paths"].items())},
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _routes(app: FastAPI, open_to: Iterable[str]) -> Iterator[RouteContext]:
    for route in iter_route_contexts(app.routes):
        if (route.path or "").startswith("/api/") and getattr(route.endpoint, "open_to", "people") in open_to:
            yield route


def _leave_out(schema: dict[str, Any], *, hide: bool) -> None:
    """Take the fields and values for employees alone out of a schema, and their marks in any case."""
    properties = schema.get("properties", {})
    for name in list(properties):
        alone = properties[name].pop(EMPLOYEES_ALONE, None)
        if hide and alone is True:
            del properties[name]
            schema["required"] = [each for each in schema.get("required", ()) if each != name]
        elif hide and alone:
            properties[name]["enum"] = [each for each in properties[name]["enum"] if each not in alone]


def _operations(item: dict[str, Any]) -> dict[str, Any]:
    for method, operation in item.items():
        responses = operation["responses"]
        if _is_automatic(responses.get("200")) and responses.keys() & {"201", "204"}:
            del responses["200"]
        declared = {status: each["description"] for status, each in responses.items() if status >= "400"}
        for status, description in (declared | FAILURES | ({} if method == "get" else FAILED_CHANGES)).items():
            responses[status] = {
                "description": description,
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
        operation["responses"] = dict(sorted(responses.items()))
    return item


def _is_automatic(response: dict[str, Any] | None) -> bool:
    """Whether nobody but FastAPI says that an operation answers this."""
    return response is not None and response.get("content") == {"application/json": {"schema": {}}}
