"""What the API says of itself (OpenAPI): errors as they are sent, which the framework describes otherwise."""

from typing import Any

from fastapi import FastAPI

from studio.api.examples import EXAMPLES

PROBLEM_TYPE = "application/problem+json"
_PROBLEM = "#/components/schemas/Problem"
_THEIRS = ("HTTPValidationError", "ValidationError")
"""The framework's own shape of a refused body, which never leaves here."""


def describe(api: FastAPI) -> None:
    """Have the API describe itself with problems (RFC 9457) for all errors."""
    made = api.openapi

    def openapi() -> dict[str, Any]:
        known = api.openapi_schema is not None
        document = made()
        if not known:
            _mend(document)
        return document

    api.openapi = openapi  # pyright: ignore[reportAttributeAccessIssue]  FastAPI's documented way to extend it


def _mend(document: dict[str, Any]) -> None:
    for address, path in document["paths"].items():
        for method, operation in path.items():
            _show_example(operation, f"{method.upper()} {address}")
            for response in operation["responses"].values():
                _as_problem(response)
    for name in _THEIRS:
        document["components"]["schemas"].pop(name, None)


def _show_example(operation: dict[str, Any], label: str) -> None:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if label in EXAMPLES:
            content["example"] = dict(EXAMPLES[label])


def _as_problem(response: dict[str, Any]) -> None:
    content: dict[str, Any] = response.get("content", {})
    reference: str = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    if reference == _PROBLEM or reference.rsplit("/", 1)[-1] in _THEIRS:
        response["description"] = "A problem (RFC 9457)."
        response["content"] = {PROBLEM_TYPE: {"schema": {"$ref": _PROBLEM}}}
