"""`HostPool`: warm processes in which blocking and computing functions run, so that cancelling really ends them.

A function that raises costs nothing; a function that is cancelled costs its host, which is killed with everything it
started, and replaced in the background. The pool lives on the loop.
"""

import asyncio
import contextvars
import logging
import os
import pickle
import signal
import socket
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from runtime.errors import ComputeFailed
from tasks.worker.hosts.host import RAISED
from tasks.worker.hosts.nursing import Nursing
from tasks.worker.hosts.wire import PeerGone, receive_async, send_async

_log = logging.getLogger(__name__)

HOSTS = max(2, os.cpu_count() or 1)
"""Functions of one worker process that run at the same time; the others wait."""
SPARE = 2
"""Hosts that are kept when nothing runs."""
DEATH_SECONDS = 5.0
"""A killed process ends within milliseconds; only one that the kernel cannot let go takes so long."""


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """One host, as the worker sees it."""

    pid: int
    sock: socket.socket
    nursing: Nursing

    @property
    def alive(self) -> bool:
        """Whether it has not ended by itself while nobody looked."""
        try:
            return bool(self.sock.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False

    async def ask(self, call: bytes) -> bytearray:
        """Have one function run; raises `PeerGone` when the host ends meanwhile."""
        await send_async(self.sock, call)
        return await receive_async(self.sock)

    async def kill(self) -> None:
        """Kill it and whatever it started; return when it does nothing any more."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        try:
            async with asyncio.timeout(DEATH_SECONDS):
                # Its end of the socket is closed by the kernel, when all who had it have run their last instruction.
                while True:
                    await receive_async(self.sock)
        except PeerGone:
            return
        except TimeoutError:
            _log.error("a killed host does not end", extra={"pid": self.pid})

    async def bury(self) -> int:
        """Let go of a dead host, and return its exit code, negative for a signal."""
        self.sock.close()
        try:
            return await self.nursing.bury(self.pid)
        except (PeerGone, TimeoutError):
            return 0


class HostPool:
    """Runs functions of this process's runs in hosts."""

    def __init__(self, *, most: int = HOSTS, spare: int = SPARE) -> None:
        self._slots = asyncio.Semaphore(most)
        self._spare = spare
        self._idle: list[Host] = []
        self._nursing: Nursing | None = None
        self._starting = asyncio.Lock()
        self._warmed: set[str] = set()
        self._chores: set[asyncio.Task[None]] = set()
        self._calls: set[asyncio.Future[None]] = set()
        """One for each function that runs, done when it is over."""
        self._closed = False

    async def run(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        killed: Callable[[], None] = lambda: None,
    ) -> Any:  # noqa: ANN401
        """Return what the function returns, or raise what it raises; `killed` is called when its process had to be killed.

        Cancelling kills the process and returns when it is dead. Raises `ComputeFailed` when it died by itself.
        """
        call = _packed(function, args, kwargs)
        async with self._slots:
            if self._closed:
                raise _ending()
            with self._counted():
                told = await self._told(call, killed)
        self._learn(function)
        return _unpacked(told)

    async def _told(self, call: bytes, killed: Callable[[], None]) -> bytearray:
        host = await self._take()
        try:
            told = await host.ask(call)
        except PeerGone:
            raise _lost(await host.bury()) from None
        except BaseException:
            await _to_the_end(host.kill())
            killed()
            host.sock.close()
            self._in_background(self._replace(host))
            raise
        self._give_back(host)
        return told

    @contextmanager
    def _counted(self) -> Generator[None]:
        call: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._calls.add(call)
        try:
            yield
        finally:
            self._calls.discard(call)
            call.set_result(None)

    def warm(self) -> None:
        """See to it that there is a host to begin with; does not wait."""
        if not self._idle and not self._chores:
            self._in_background(self._refill())

    async def close(self) -> None:
        """End all hosts, and return when whoever waits for one has heard of it."""
        self._closed = True
        # A chore that never began could not let go of the host it was given.
        await asyncio.sleep(0)
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        for host in self._idle:
            host.sock.close()
        # A nursery that a function has begun to start comes first, and none after it.
        async with self._starting:
            nursing = self._nursing
        if nursing is not None:
            await nursing.close()
        if self._calls:
            # Their hosts have died with the nursery. A loop that ended now would keep their sockets open.
            await asyncio.wait(self._calls, timeout=DEATH_SECONDS)

    async def _take(self) -> Host:
        while self._idle:
            host = self._idle.pop()
            if host.alive:
                return host
            host.sock.close()
            self._in_background(_buried(host))
        try:
            return await self._new()
        except PeerGone:
            # The nursery has ended by itself; another one is started, once.
            return await self._new()

    async def _new(self) -> Host:
        forking = asyncio.ensure_future(self._forked())
        try:
            return await asyncio.shield(forking)
        except asyncio.CancelledError:
            # The host comes all the same; somebody else can have it.
            self._in_background(self._adopt(forking))
            raise

    async def _adopt(self, forking: "asyncio.Future[Host]") -> None:
        self._give_back(await forking)

    def _give_back(self, host: Host) -> None:
        if len(self._idle) < self._spare and not self._closed:
            self._idle.append(host)
        else:
            # At once: the loop may end before the chore begins.
            host.sock.close()
            self._in_background(_buried(host))

    async def _forked(self) -> Host:
        nursing = await self._nursery()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # noqa: FBT003  the socket's own signature
        try:
            with theirs:
                pid = await nursing.fork(theirs)
            host = Host(pid=pid, sock=ours, nursing=nursing)
            await receive_async(ours)
        except BaseException:
            # Without our end of its socket the host ends by itself.
            ours.close()
            raise
        return host

    async def _nursery(self) -> Nursing:
        async with self._starting:
            if self._closed:
                raise _ending()
            if self._nursing is None or not self._nursing.alive:
                self._nursing = await Nursing.start()
                for module in self._warmed:
                    self._nursing.warm(module)
            return self._nursing

    async def _replace(self, host: Host) -> None:
        await host.bury()
        await self._refill()

    async def _refill(self) -> None:
        if not self._idle and not self._closed:
            self._give_back(await self._forked())

    def _learn(self, function: Callable[..., Any]) -> None:
        module = _module_of(function)
        if module not in self._warmed:
            self._warmed.add(module)
            if self._nursing is not None:
                self._nursing.warm(module)

    def _in_background(self, chore: Coroutine[Any, Any, None]) -> None:
        # Nothing of the run that happens to ask belongs to it.
        task = asyncio.create_task(_quietly(chore), context=contextvars.Context())
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)


class HostCompute:
    """The hosts as one run sees them (`runtime.ports.Compute`)."""

    def __init__(self, pool: HostPool, *, killed: Callable[[], None]) -> None:
        self._pool = pool
        self._killed = killed

    async def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return what `function` returns, or raise what it raises."""
        return await self._pool.run(function, args, kwargs, killed=self._killed)


def _packed(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    try:
        return pickle.dumps((function, args, kwargs), protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise ComputeFailed(
            f"{getattr(function, '__qualname__', function)!r} cannot be sent to another process: {error}. "
            "Compute with a function of a module and with plain data."
        ) from error


def _unpacked(told: bytearray) -> Any:  # noqa: ANN401
    body = memoryview(told)[1:]
    if bytes(told[:1]) != RAISED:
        return pickle.loads(body)  # noqa: S301  from our own host
    error, text = pickle.loads(body)  # noqa: S301
    error.add_note(f"In the compute process:\n{text}")
    raise error


def _ending() -> ComputeFailed:
    return ComputeFailed("its worker is ending.")


def _lost(code: int) -> ComputeFailed:
    how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    hint = " The machine may be out of memory." if code == -signal.SIGKILL else ""
    return ComputeFailed(f"its compute process ended by itself ({how}).{hint}")


def _module_of(function: Callable[..., Any]) -> str:
    inner = function.func if isinstance(function, partial) else function
    return getattr(inner, "__module__", None) or "builtins"


async def _buried(host: Host) -> None:
    await host.bury()


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Await something that must not be left half done, however often the caller is cancelled."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    task.result()


async def _quietly(chore: Coroutine[Any, Any, None]) -> None:
    try:
        await chore
    except (PeerGone, TimeoutError, OSError, ComputeFailed):
        _log.warning("a spare host could not be made; the next function asks again", exc_info=True)
