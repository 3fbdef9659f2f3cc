"""Signing in at an identity provider: out of the studio and back, by the browser's own navigation.

What the answer is checked against stays with the browser meanwhile, in a cookie that no script reads. It is `SameSite=Lax`, since
the way back begins at another site; that of the session stays strict, and is first sent by the page that opens afterwards.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response, status
from fastapi import Request as HttpRequest
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from runtime.errors import NotFound, StudioError
from studio import routes
from studio.api.auth import Services, is_tls, set_session_cookie
from studio.services.oidc.provider import Request
from studio.services.oidc.sign_on import SingleSignOn
from studio.wiring import Container

router = APIRouter(prefix="/api/session", tags=["session"])

REQUEST_COOKIE = "alphaswarm_sign_on"
REQUEST_SECONDS = 600
PATH = "/api/session/oidc"
Text = Annotated[str, Query(max_length=2048)]
_REDIRECTS: dict[int | str, dict[str, Any]] = {
    303: {"description": "On to the provider, the studio, or the sign-in page."}
}


class Ways(BaseModel):
    """How people may sign in here, besides a name and a password."""

    oidc: str | None
    """What the identity provider is called; null without one."""


@router.get("/ways")
def ways(container: Services) -> Ways:
    """Return how people may sign in here."""
    return Ways(oidc=container.sign_on.title if container.sign_on else None)


@router.get(
    "/oidc", status_code=status.HTTP_303_SEE_OTHER, response_class=RedirectResponse, responses=_REDIRECTS
)
async def begin(
    http: HttpRequest,
    container: Services,
    wanted: Annotated[Text, Query(alias="next")] = "",
    *,
    again: bool = False,
) -> Response:
    """Send the browser to the identity provider; `again` asks for more than an open session there."""
    try:
        sign_on, back = _sign_on(container), _back_address(http)
        asked, address = await run_in_threadpool(
            lambda: sign_on.begin(back=back, address=_address(http), again=again)
        )
    except StudioError as error:
        return _to_sign_in(error, wanted)
    response = RedirectResponse(address, status.HTTP_303_SEE_OTHER)
    response.set_cookie(
        REQUEST_COOKIE,
        _kept(asked, wanted),
        max_age=REQUEST_SECONDS,
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=is_tls(http),
    )
    return response


@router.get(
    "/oidc/callback",
    status_code=status.HTTP_303_SEE_OTHER,
    response_class=RedirectResponse,
    responses=_REDIRECTS,
)
async def finish(
    http: HttpRequest, container: Services, state: Text = "", code: Text = "", error: Text = ""
) -> Response:
    """Take the provider's answer, and open the session of whom it vouches for."""
    asked, wanted = _read_back(http.cookies.get(REQUEST_COOKIE, ""))
    try:
        sign_on = _sign_on(container)
        opened = await run_in_threadpool(
            lambda: sign_on.finish(
                asked,
                state=state,
                code=code,
                error=error,
                back=_back_address(http),
                address=_address(http),
                client=http.headers.get("user-agent", ""),
            )
        )
    except StudioError as failure:
        response: Response = _to_sign_in(failure, wanted)
    else:
        address = wanted if routes.is_own_address(wanted) else routes.GALLERY
        response = RedirectResponse(address, status.HTTP_303_SEE_OTHER)
        set_session_cookie(http, response, opened.token)
    response.delete_cookie(REQUEST_COOKIE, path=PATH, httponly=True, samesite="lax", secure=is_tls(http))
    return response


def _sign_on(container: Container) -> SingleSignOn:
    if container.sign_on is None:
        raise NotFound("identity provider", "oidc")
    return container.sign_on


def _address(http: HttpRequest) -> str:
    return http.client.host if http.client else "unknown"


def _back_address(http: HttpRequest) -> str:
    scheme = "https" if is_tls(http) else "http"
    return f"{scheme}://{http.headers.get('host', '')}{PATH}/callback"


def _to_sign_in(error: StudioError, wanted: str) -> RedirectResponse:
    return RedirectResponse(routes.login(then=wanted, code=error.code), status.HTTP_303_SEE_OTHER)


def _kept(asked: Request, wanted: str) -> str:
    return urlsafe_b64encode(json.dumps({**asdict(asked), "next": wanted[:1000]}).encode()).decode()


def _read_back(cookie: str) -> tuple[Request | None, str]:
    """Return what was kept; whatever else a browser sends is no request."""
    try:
        kept = json.loads(urlsafe_b64decode(cookie.encode()))
        wanted = str(kept.pop("next"))
        asked = Request(
            state=str(kept["state"]),
            nonce=str(kept["nonce"]),
            verifier=str(kept["verifier"]),
            again=kept["again"] is True,
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None, ""
    return asked, wanted
