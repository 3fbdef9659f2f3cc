"""The one door of the port: sends each request to the API or to the UI, and guards the UI's own endpoints.

- A path whose first segment belongs to the API goes there, so unknown API paths get problems, not pages.
- The pages' socket opens only for pages of this host (the one of tasks asks for itself who listens). Its cookie is replaced by the hash of the session token before Reflex
  sees it: no secret is ever in the state of a tab.
- Reflex's other endpoints (uploads, health of its parts) need a signed-in caller.
- Pages get headers that keep them out of frames and away from other hosts.
"""

from collections.abc import Callable
from http import HTTPStatus

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.api.auth import COOKIE
from studio.api.failure import problem
from studio.api.guards import is_same_origin
from studio.services.accounts import hash_token

SESSION_HEADER = "x-alphaswarm-session"
"""Header of the socket's handshake that carries the hash of the session token; set here, never by a client."""
PAGE_HEADERS = {
    # Reflex evaluates the events it is sent and React Router starts from inline scripts: hence the two 'unsafe' words.
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: that would make browsers send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
_SOCKET = "/_event"
_TASK_STREAM = "/chat/stream/"
_NOT_PAGES = frozenset({"/ping", "/_health", "/_all_routes", "/_upload"})
_MEMBERS_ONLY = ("/_upload", "/_health", "/_all_routes", "/auth-codespace")


class Door:
    """ASGI app in front of API and UI. `is_live` tells whether the hash of a session token is good now."""

    def __init__(self, *, api: FastAPI, ui: ASGIApp, is_live: Callable[[str], bool]) -> None:
        self._api = api
        self._ui = ui
        self._is_live = is_live
        self._segments = {path.split("/")[1] for path in (*api.openapi()["paths"], "/openapi.json")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] != "http":
            await self._ui(scope, receive, send)
        elif scope["path"].split("/")[1:2] and scope["path"].split("/")[1] in self._segments:
            await self._api(scope, receive, send)
        elif scope["path"].startswith(_MEMBERS_ONLY) and not await self._may_enter(scope):
            refusal = problem(HTTPStatus.UNAUTHORIZED, code="sign-in-required", detail="Sign in first.")
            await refusal(scope, receive, send)
        else:
            await self._ui(_as_folder(scope), receive, _with_page_headers(scope, send))

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(_TASK_STREAM):
            await self._api(scope, receive, send)
            return
        if not scope["path"].startswith(_SOCKET) or not is_same_origin(Headers(scope=scope)):
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "foreign origin"})
            return
        session = session_hash(scope)
        kept = [(k, v) for k, v in scope["headers"] if k not in {b"cookie", SESSION_HEADER.encode()}]
        if session:
            kept.append((SESSION_HEADER.encode(), session.encode()))
        await self._ui({**scope, "headers": kept}, receive, send)

    async def _may_enter(self, scope: Scope) -> bool:
        session = session_hash(scope)
        safe = scope["method"] in {"GET", "HEAD"} or is_same_origin(Headers(scope=scope))
        return bool(session) and safe and await run_in_threadpool(self._is_live, session)


def session_hash(scope: Scope) -> str:
    """Return the hash of the session token in a request's cookie; empty when there is none."""
    token = cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE, "")
    return hash_token(token) if token else ""


def _as_folder(scope: Scope) -> Scope:
    """Return the request as if for `/login/` where the browser asked for `/login`.

    Built pages are folders; without the slash the file server redirects, to an address that is wrong behind a proxy.
    """
    path: str = scope["path"]
    if scope["method"] not in {"GET", "HEAD"} or "." in path or path.endswith("/") or path in _NOT_PAGES:
        return scope
    return {**scope, "path": f"{path}/"}


def _with_page_headers(scope: Scope, send: Send) -> Send:
    path: str = scope["path"]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in PAGE_HEADERS.items():
                headers[name] = value
            # The names of built assets change with their content; pages must be asked for again.
            is_asset = path.startswith("/assets/") and message["status"] == HTTPStatus.OK
            headers["cache-control"] = "public, max-age=31536000, immutable" if is_asset else "no-cache"
        await send(message)

    return sending
