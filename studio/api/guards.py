"""What stands in front of every API request: the limit of the body, and the same-origin rule.

Rule against cross-site requests: a request that may change something (not GET, HEAD or OPTIONS) is served only when
its `Origin` names the host it was sent to. Browsers always send one with such requests; a program with a token of its
own is let through without one, since no browser adds that header by itself. Plain ASGI, so that streams
pass through untouched.
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.api.failure import problem

BODY_MAX = 2 * 1024 * 1024
"""Bytes of a request body."""
DISCARDED_MAX = 64 * 1024 * 1024
"""Bytes of a refused body that are still read and thrown away: who is cut off while sending never sees the answer."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def is_same_origin(headers: Headers) -> bool:
    """Tell whether the `Origin` header is there and names the host that is being asked."""
    origin = headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == headers.get("host", "")


def bearer_token(headers: Headers) -> str:
    """Return the token of an `Authorization: Bearer` header; empty without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class SameOrigin:
    """Refuses unsafe requests from elsewhere with 403."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if (
            scope["type"] == "http"
            and scope["method"] not in _SAFE
            and not is_same_origin(Headers(scope=scope))
            and not bearer_token(Headers(scope=scope))
        ):
            refusal = problem(
                HTTPStatus.FORBIDDEN,
                code="foreign-origin",
                detail="Requests that change something must carry an Origin header that names this host.",
            )
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)


class BodyLimit:
    """Reads the body before the app does, at most `BODY_MAX` bytes; more is refused with 413."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["method"] in _SAFE:
            await self.app(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            too_large = problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                code="too-large",
                detail=f"The body is larger than {BODY_MAX // 1024 // 1024} MB. Send less.",
            )
            await too_large(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)


async def _read(receive: Receive) -> bytes | None:
    """Return the body, or None when it is larger than `BODY_MAX`; no more than that is ever kept."""
    parts: list[bytes] = []
    size = 0
    while size <= DISCARDED_MAX:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= BODY_MAX:
            parts.append(part)
        if message["type"] != "http.request" or not message.get("more_body", False):
            break
    return b"".join(parts) if size <= BODY_MAX else None


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body once, then whatever the server says (that is how a stream learns that its client left)."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed
