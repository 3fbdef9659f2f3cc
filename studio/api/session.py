"""Sign-in and sign-out over HTTP, the only place that sets the session cookie.

Each takes JSON (answers JSON or a problem) or a form of the sign-in page (answers with a redirect, so that signing in
needs no socket and no state of a tab). After a refused form the page says why; the password is never sent back.
"""

from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response, status
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, Field, ValidationError

from runtime.errors import InvalidValue, StudioError
from studio import routes
from studio.api.auth import (
    CurrentActor,
    Services,
    clear_session_cookie,
    session_hash_of,
    set_session_cookie,
)
from studio.services.accounts import SignedIn

_Model = TypeVar("_Model", bound=BaseModel)

router = APIRouter(prefix="/api/session", tags=["session"])

_FORM: dict[int | str, dict[str, Any]] = {
    303: {"description": "The answer to a form: on to the page that comes next."}
}
Text = Annotated[str, Field(max_length=4096)]


class SignIn(BaseModel):
    """Who wants to come in."""

    name: Text
    password: Text
    next: Text = ""


class FirstRun(SignIn):
    """The first account, made with the link that the start of the studio printed."""

    link: Text


class Session(BaseModel):
    """Who is signed in."""

    name: str
    role: str


def _takes(model: type[BaseModel]) -> dict[str, object]:
    schema = {"schema": model.model_json_schema()}
    content = {"application/json": schema, "application/x-www-form-urlencoded": schema}
    return {"requestBody": {"required": True, "content": content}}


@router.get("")
def who_am_i(actor: CurrentActor) -> Session:
    """Return who is signed in."""
    return Session(name=actor.name, role=actor.role.value)


@router.post("", response_model=Session, openapi_extra=_takes(SignIn), responses=_FORM)
async def sign_in(request: Request, container: Services) -> Response:
    """Open a session for a name and a password."""
    body = await _body(request, SignIn)
    try:
        opened = await run_in_threadpool(
            container.accounts.sign_in, body.name, body.password, **_origin(request)
        )
    except StudioError as error:
        if not _is_form(request):
            raise
        return _back(routes.login(then=body.next, code=error.code, name=body.name))
    return _welcome(request, opened, body.next)


@router.post("/first-run", response_model=Session, openapi_extra=_takes(FirstRun), responses=_FORM)
async def first_run(request: Request, container: Services) -> Response:
    """Redeem the first-run link: create the first admin and open their session."""
    body = await _body(request, FirstRun)
    try:
        opened = await run_in_threadpool(
            container.accounts.create_first_admin, body.link, body.name, body.password, **_origin(request)
        )
    except StudioError as error:
        if not _is_form(request):
            raise
        code = f"{error.code}-{error.field}" if error.field else error.code
        return _back(routes.login(code=code, name=body.name, link=body.link))
    return _welcome(request, opened, "")


@router.delete("", status_code=status.HTTP_204_NO_CONTENT)
def sign_out(request: Request, container: Services, _actor: CurrentActor) -> Response:
    """End the session."""
    container.accounts.sign_out(session_hash_of(request))
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    clear_session_cookie(request, response)
    return response


def _origin(request: Request) -> dict[str, str]:
    address = request.client.host if request.client else "unknown"
    return {"address": address, "client": request.headers.get("user-agent", "")}


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


async def _body(request: Request, model: type[_Model]) -> _Model:
    raw = await request.body()
    try:
        if not _is_form(request):
            return model.model_validate_json(raw)
        return model.model_validate(_fields(raw))
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_context=False)) from error


def _fields(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=16)
    except ValueError as error:
        raise InvalidValue("The form has too many fields.") from error
    return {key: values[-1] for key, values in pairs.items()}


def _welcome(request: Request, opened: SignedIn, wanted: str) -> Response:
    if _is_form(request):
        response: Response = _back(wanted if routes.is_own_address(wanted) else routes.GALLERY)
    else:
        response = JSONResponse(Session(name=opened.actor.name, role=opened.actor.role.value).model_dump())
    set_session_cookie(request, response, opened.token)
    return response


def _back(address: str) -> RedirectResponse:
    return RedirectResponse(address, status.HTTP_303_SEE_OTHER)
