"""The border where errors become HTTP: one table error class -> status, one shape (RFC 9457) for all of them.

A problem has `type`, `title`, `status`, `detail` and a stable `code`; `field` names what to mend where one field is to
blame, `errors` lists all of them. No traceback and no value of the request ever leaves.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from runtime import errors

STATUS: dict[type[errors.StudioError], HTTPStatus] = {
    errors.StudioError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.UserError: HTTPStatus.BAD_REQUEST,
    errors.InvalidSpec: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidName: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidValue: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.DrawingRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.AlreadyExists: HTTPStatus.CONFLICT,
    errors.StaleRevision: HTTPStatus.CONFLICT,
    errors.KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotReproducible: HTTPStatus.CONFLICT,
    errors.ChecksFailed: HTTPStatus.CONFLICT,
    errors.AlreadyAnswered: HTTPStatus.CONFLICT,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.SignInRequired: HTTPStatus.UNAUTHORIZED,
    errors.AccessDenied: HTTPStatus.FORBIDDEN,
    errors.TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    errors.CapabilityOff: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_HEADERS: dict[type[errors.StudioError], dict[str, str]] = {
    errors.SignInRequired: {"WWW-Authenticate": 'Session realm="alphaswarm"'},
    errors.TooManyAttempts: {"Retry-After": "900"},
}


class FieldProblem(BaseModel):
    """One field to mend."""

    field: str
    detail: str


class Problem(BaseModel):
    """The body of every error."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    errors: list[FieldProblem] | None = None
    problems: list[str] | None = None


PROBLEM: dict[str, Any] = {"model": Problem, "description": "A problem (RFC 9457)."}
"""What the API's description says of an error."""


class NotModified(Exception):
    """What the caller has is what there is."""

    def __init__(self, tag: str) -> None:
        self.tag = tag


def problem(
    status: int,
    *,
    code: str,
    detail: str,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
    fields: list[FieldProblem] | None = None,
    problems: list[str] | None = None,
) -> JSONResponse:
    """Return a problem response."""
    body = Problem(
        type=f"urn:alphaswarm:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        field=field,
        errors=fields,
        problems=problems,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True), status, media_type="application/problem+json", headers=headers
    )


def status_of(error: errors.StudioError) -> HTTPStatus:
    """Return the status of the nearest class in the table."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def install(api: FastAPI) -> None:
    """Make the API answer every failure with a problem."""
    api.add_exception_handler(errors.StudioError, _on_studio_error)
    api.add_exception_handler(RequestValidationError, _on_invalid_request)
    api.add_exception_handler(HTTPException, _on_http_error)
    api.add_exception_handler(NotModified, _on_not_modified)
    # The server logs the traceback once: Starlette raises the error again after this answer.
    api.add_exception_handler(Exception, _on_unforeseen)


def _on_studio_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.StudioError)  # noqa: S101  registered for this class only
    problems = (
        list(error.problems) if isinstance(error, errors.DrawingRefused | errors.ChecksFailed) else None
    )
    headers = next((_HEADERS[cls] for cls in type(error).__mro__ if cls in _HEADERS), None)
    return problem(
        status_of(error),
        code=error.code,
        detail=error.message,
        field=error.field,
        headers=headers,
        problems=problems,
    )


def _on_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  registered for this class only
    found: Sequence[dict[str, Any]] = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return problem(
            HTTPStatus.BAD_REQUEST,
            code="malformed-json",
            detail="The body is not JSON. Send one JSON object.",
        )
    fields = [FieldProblem(field=_place(item["loc"]), detail=str(item["msg"])) for item in found]
    first = fields[0]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code=errors.InvalidValue.code,
        detail=f"{first.field or 'The body'}: {first.detail}.",
        field=first.field or None,
        fields=fields,
    )


def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  registered for this class only
    status = HTTPStatus(error.status_code)
    details = {
        HTTPStatus.NOT_FOUND: f"There is nothing at {request.url.path}.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.url.path} does not take {request.method}.",
        HTTPStatus.BAD_REQUEST: "The body cannot be read. Check its format and its content type.",
    }
    return problem(
        status,
        code=status.phrase.lower().replace(" ", "-"),
        detail=details.get(status, str(error.detail)),
        headers=error.headers,
    )


def _on_not_modified(_request: Request, found: Exception) -> Response:
    assert isinstance(found, NotModified)  # noqa: S101  registered for this class only
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": found.tag})


def _on_unforeseen(_request: Request, _error: Exception) -> JSONResponse:
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal-error",
        detail="The studio failed to answer. Nothing of the request was kept back on purpose; the log has the cause.",
    )


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location if part not in {"body", "query", "path"})
