"""A worker's side of its nursery: start it, have hosts forked, have the dead ones buried. Lives on the loop."""

import asyncio
import json
import os
import socket
import sys
from collections import deque
from contextlib import suppress
from typing import Any

from tasks.worker.hosts.wire import PeerGone

START_SECONDS = 60.0
"""Longest start of a nursery: on a busy machine its imports take a while."""


class Nursing:
    """The line to one nursery; requests are answered in their order."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._waiting: deque[asyncio.Future[dict[str, Any]]] = deque()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls) -> "Nursing":
        """Start a nursery; it is still importing when this returns, and answers when it is ready."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # noqa: FBT003  the socket's own signature
        paths = [path or os.getcwd() for path in sys.path]
        try:
            # From the loop's own thread, which lives as long as the worker: the nursery ends with the thread that made it.
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tasks.worker.hosts.nursery", str(theirs.fileno()), str(os.getpid())),
                stdin=asyncio.subprocess.DEVNULL,
                # What a function prints goes where the worker's errors go.
                stdout=2,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process, ours)

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return not self._reader.done()

    async def fork(self, end: socket.socket) -> int:
        """Have a host forked that holds `end`, and return its process id; raises `PeerGone`."""
        told = await self._ask({"do": "fork"}, [end.fileno()])
        return int(told["pid"])

    async def bury(self, pid: int) -> int:
        """Have a dead host's process id given back, and return its exit code, negative for a signal; raises `PeerGone`."""
        return int((await self._ask({"do": "bury", "pid": pid}))["status"])

    def warm(self, module: str) -> None:
        """Have hosts to come share a module; does not wait."""
        with suppress(PeerGone):
            self._send({"do": "warm", "module": module})

    async def close(self) -> None:
        """End the nursery and its hosts."""
        self._reader.cancel()
        await asyncio.wait({self._reader})
        # A reader that was cancelled before its first step has let go of nothing.
        self._let_go()
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _ask(self, request: dict[str, Any], ends: list[int] | None = None) -> dict[str, Any]:
        return await asyncio.wait_for(asyncio.shield(self._send(request, ends)), START_SECONDS)

    def _send(
        self, request: dict[str, Any], ends: list[int] | None = None
    ) -> "asyncio.Future[dict[str, Any]]":
        if not self.alive:
            raise PeerGone
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        try:
            socket.send_fds(self._control, [json.dumps(request).encode() + b"\n"], ends or [])
        except OSError as error:
            raise PeerGone from error
        self._waiting.append(answer)
        return answer

    async def _read(self) -> None:
        loop, unread = asyncio.get_running_loop(), b""
        try:
            while data := await loop.sock_recv(self._control, 4096):
                *lines, unread = (unread + data).split(b"\n")
                for line in lines:
                    answer = self._waiting.popleft()
                    if not answer.done():
                        answer.set_result(json.loads(line))
        except OSError:
            return
        finally:
            self._let_go()

    def _let_go(self) -> None:
        self._control.close()
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(PeerGone())
                # Whoever asked may have left; then nobody needs to know.
                answer.exception()
