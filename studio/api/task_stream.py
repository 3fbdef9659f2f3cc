"""`/chat/stream/{task_id}`: the frames of a task over a WebSocket, from the first one on, until it is done.

Who listens is told by the session cookie (from our own pages only), by `Authorization: Bearer`, or by the first message:
`{"type": "auth", "token": "ast_…"}`. The server closes with 1000 after the terminal frame; any other code says why in its reason.
Unlike the channel it stands for, it leaves nothing out for who comes late: `?after=` goes on behind a frame's number.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool

from runtime.errors import (
    AccessDenied,
    CapabilityOff,
    NotFound,
    SignInRequired,
    StudioError,
    Unavailable,
)
from runtime.frames import is_terminal
from studio.api.auth import Services, current_actor, session_hash_of, token_actor
from studio.api.guards import bearer_token, is_same_origin
from studio.wiring import Container
from tasks.access import Actor
from tasks.control.follow import Followed, follow, run_of_task

_log = logging.getLogger(__name__)

router = APIRouter(tags=["runs"])

AUTH_SECONDS = 10.0
"""How long the first message may take that says who listens."""
AUTH_MAX = 4096
"""Characters of that message."""
SILENT_LOOKS = 50
"""After so many looks without a frame (about 10 s) it is asked again whether the listener may still listen."""
REASON_MAX = 120
"""Bytes; the protocol leaves 123 for a reason."""
CODES: dict[type[StudioError], int] = {
    SignInRequired: 4401,
    AccessDenied: 4403,
    NotFound: 4404,
    CapabilityOff: 4503,
    Unavailable: 4503,
}
OTHER_CODE = 4400
FOREIGN = 1008
Caller = Callable[[], Actor]


@router.websocket("/chat/stream/{task_id}")
async def stream(
    socket: WebSocket, task_id: str, container: Services, after: Annotated[int, Query(ge=0)] = 0
) -> None:
    """Send every frame of a task as JSON text, the terminal one last."""
    if socket.headers.get("origin") and not is_same_origin(socket.headers):
        await socket.close(FOREIGN, reason="foreign-origin")
        return
    await socket.accept()
    try:
        caller = await _caller(socket, container)
        found = await run_in_threadpool(lambda: run_of_task(container.control, caller(), task_id))
        await _relay(socket, container, caller, found, after)
        await socket.close()
    except StudioError as error:
        await _refuse(socket, error)
    except WebSocketDisconnect:
        _log.debug("a listener left", extra={"task_id": task_id})


async def _caller(socket: WebSocket, container: Container) -> Caller:
    """Return what tells who listens, to be asked again from time to time."""
    by_cookie = session_hash_of(socket) and is_same_origin(socket.headers)
    if bearer_token(socket.headers) or by_cookie:
        return lambda: current_actor(socket)
    try:
        async with asyncio.timeout(AUTH_SECONDS):
            token = _token_in(await socket.receive_text())
    except (TimeoutError, KeyError):
        # KeyError: a binary message.
        token = ""
    if not token:
        raise SignInRequired('Say who you are first: {"type": "auth", "token": "ast_…"}.')
    return lambda: token_actor(container, token)


def _token_in(text: str) -> str:
    if len(text) > AUTH_MAX:
        return ""
    try:
        told: object = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(told, dict):
        return ""
    message = cast("dict[str, Any]", told)
    token = message.get("token")
    return token if message.get("type") == "auth" and isinstance(token, str) else ""


async def _relay(
    socket: WebSocket, container: Container, caller: Caller, found: Followed, after: int
) -> None:
    """Send frames until the terminal one, or until the listener has gone."""
    sending = asyncio.create_task(_send(socket, container, caller, found, after))
    listening = asyncio.create_task(_until_gone(socket))
    try:
        await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            raise WebSocketDisconnect
        await sending
    finally:
        for task in (sending, listening):
            task.cancel()
        await asyncio.gather(sending, listening, return_exceptions=True)


async def _send(socket: WebSocket, container: Container, caller: Caller, found: Followed, after: int) -> None:
    silent = 0
    async for batch in follow(container.control, found.run_id, after, ledger=found.ledger):
        silent = 0 if batch else silent + 1
        for frame in batch:
            await socket.send_text(json.dumps(frame, separators=(",", ":")))
            if is_terminal(frame):
                return
        if silent >= SILENT_LOOKS:
            silent = 0
            await run_in_threadpool(caller)


async def _until_gone(socket: WebSocket) -> None:
    """Read and forget what the listener says until it leaves."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _refuse(socket: WebSocket, error: StudioError) -> None:
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), OTHER_CODE)
    reason = f"{error.code}: {error.message}".encode()[:REASON_MAX].decode(errors="ignore")
    # It may have left meanwhile.
    with suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(code, reason=reason)
