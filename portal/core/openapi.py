"""The description of the API for programs (OpenAPI 3.1), made from the routes below ``/api/v1``."""

from functools import lru_cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

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


@lru_cache(maxsize=4)
def describe(app: FastAPI) -> dict[str, Any]:
    """The description of this app's API. It is the same for everyone: it tells what can be asked, not what there is."""
    whole = get_openapi(
        title="Earshot",
        version="1",
        description="Send `Authorization: Bearer …` with one of your tokens. Lists come in pages: go on with `cursor`.",
        routes=app.routes,
    )
    schemas = whole.get("components", {}).get("schemas", {})
    schemas["Problem"] = PROBLEM
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    paths = {path: _operations(item) for path, item in whole["paths"].items() if path.startswith("/api/")}
    return {
        **{key: whole[key] for key in ("openapi", "info")},
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operations(item: dict[str, Any]) -> dict[str, Any]:
    for operation in item.values():
        for status, description in FAILURES.items():
            operation["responses"][status] = {
                "description": description,
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
    return item
