"""A run's frames as server-sent events: `id` is the frame's number, `data` the frame. A client that comes back goes on."""

import json
import logging
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response, status
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from runtime.errors import StudioError, Unavailable
from runtime.frames import is_terminal
from runtime.ids import RunId
from studio.api.auth import CurrentActor, Services, current_actor
from studio.api.studio_flag import STUDIO_ON
from studio.wiring import Container
from tasks.control.closing import Frame
from tasks.control.follow import follow, stored_frames
from tasks.control.runs import get_run

_log = logging.getLogger(__name__)

router = APIRouter(prefix="/workflows/runs", tags=["runs"], dependencies=STUDIO_ON)

SILENT_LOOKS = 50
"""After so many looks without a frame (about 10 s) a comment keeps the connection open, and the session is checked."""
RETRY = "retry: 2000\n\n"


@router.get(
    "/{run_id}/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "Frames, see `runtime.frames`."},
        204: {"description": "The run has ended and the client has seen all of it."},
    },
)
async def events(
    *,
    run_id: str,
    request: Request,
    actor: CurrentActor,
    container: Services,
    after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> Response:
    """Stream the frames after `Last-Event-ID`, else after `after`, until the terminal one."""
    view = await run_in_threadpool(get_run, container.control, actor, run_id)
    seq = after if last_event_id is None else last_event_id
    dispatch = view.record.dispatch
    if dispatch is None or dispatch.closed_at is not None:
        left = await run_in_threadpool(stored_frames, container.control, RunId(run_id), seq)
        if not left:
            # The one answer after which a browser does not connect again.
            return Response(status_code=status.HTTP_204_NO_CONTENT)
    return StreamingResponse(
        _stream(request, container, run_id, seq),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(request: Request, container: Container, run_id: str, seq: int) -> AsyncGenerator[str]:
    yield RETRY
    silent = 0
    try:
        async for batch in follow(container.control, run_id, seq):
            silent = 0 if batch else silent + 1
            for frame in batch:
                yield event(frame)
                if is_terminal(frame):
                    return
            if silent >= SILENT_LOOKS:
                silent = 0
                await run_in_threadpool(current_actor, request)
                yield ": still here\n\n"
    except Unavailable:
        _log.info("a stream ended because the database does not answer", extra={"run_id": run_id})
    except StudioError:
        _log.info("a stream ended because its session did", extra={"run_id": run_id})


def event(frame: Frame) -> str:
    """Return a frame as one event; JSON has no raw line breaks, so one data line holds it."""
    return f"id: {frame['seq']}\ndata: {json.dumps(frame, separators=(',', ':'))}\n\n"
