"""Who calls the API: the session cookie of a browser, or a program's token. Routes take `CurrentActor` or `Allowed(permission)`.

Requests that change something must come from our own pages: the browser's `Origin` has to name the host it talks to
(`studio.api.guards`), besides the cookie being `SameSite=Strict`.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.requests import HTTPConnection

from runtime.errors import SignInRequired
from studio.api.guards import bearer_token
from studio.services.accounts import SESSION_MAX, hash_token
from studio.wiring import Container, services
from tasks.access import Actor, Permission, require_any

COOKIE = "alphaswarm_session"


def container_of(request: HTTPConnection) -> Container:
    """Return the container given to `create_api`, else the one of this process."""
    return request.app.state.container or services()


def session_hash_of(request: HTTPConnection) -> str:
    """Return the hash of the caller's session token; empty without a cookie."""
    token = request.cookies.get(COOKIE, "")
    return hash_token(token) if token else ""


def current_actor(request: HTTPConnection) -> Actor:
    """Return who calls; raises `SignInRequired`."""
    token = bearer_token(request.headers)
    if token:
        # A token counts alone: what is wrong with it must not be hidden by a cookie that came along.
        return token_actor(container_of(request), token)
    session = session_hash_of(request)
    actor = container_of(request).accounts.actor(session) if session else None
    if actor is None:
        raise SignInRequired("Sign in first: POST /api/session, or send a token as Authorization: Bearer.")
    return actor


def token_actor(container: Container, token: str) -> Actor:
    """Return whom a token speaks for; raises `SignInRequired`."""
    actor = container.tokens.actor(token)
    if actor is None:
        raise SignInRequired("This token is unknown, has expired or was revoked. Make a new one.")
    return actor


def allowed(permission: Permission) -> Callable[[Request], Actor]:
    """Return a dependency that gives the caller, or raises `AccessDenied`.

    For permissions that depend on an owner the use case asks again with the owner.
    """

    def dependency(request: Request) -> Actor:
        actor = current_actor(request)
        require_any(actor, permission)
        return actor

    return dependency


CurrentActor = Annotated[Actor, Depends(current_actor)]
Services = Annotated[Container, Depends(container_of)]


def set_session_cookie(request: Request, response: Response, token: str) -> None:
    """Hand the token to the browser, out of reach of scripts and of other sites.

    The server decides when a session has ended; the cookie only has to outlive it.
    """
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_MAX.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_tls(request),
        path="/",
    )


def clear_session_cookie(request: Request, response: Response) -> None:
    """Make the browser forget the token."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=is_tls(request), path="/")


def is_tls(request: Request) -> bool:
    """Tell whether the browser speaks TLS, with us or with the proxy before us."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
