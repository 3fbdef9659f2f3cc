"""What the database last said of sessions: reused for two seconds, and while it does not answer, for halting only.

Somebody who wants something to stop must not be asked to wait for the database: a session that was alive within the
last quarter of an hour goes on as `unconfirmed`, which `tasks.access` lets halt and look, and nothing else.
"""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import replace
from threading import Lock
from typing import Protocol

from runtime.errors import Unavailable
from runtime.ids import UserId
from runtime.ports import Clock
from tasks.access import Actor

TRUST_SECONDS = 2.0
"""How long an answer of the database about a session is reused within one process."""
OUTAGE_SECONDS = 15 * 60.0
"""How long it counts for halting while the database does not answer."""
ANSWER_SECONDS = 2.0
"""How long the database may take before a session that is known goes on unconfirmed."""
_MANY = 1024
"""Far above the people of one desk; only bounds memory."""


class Ask(Protocol):
    """Asks the database who a live session belongs to; None: to nobody. Raises `Unavailable`."""

    def __call__(self, session_hash: str, /) -> Actor | None:
        """Ask."""
        ...


class KnownSessions:
    """The sessions of one process; used from any thread."""

    def __init__(self, clock: Clock, ask: Ask) -> None:
        self._clock = clock
        self._ask = ask
        self._confirmed: dict[str, tuple[float, Actor]] = {}
        self._silent: dict[str, float] = {}
        """When the database last did not answer, by session."""
        self._lock = Lock()
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="session")

    def actor(self, session_hash: str) -> Actor | None:
        """Return who a session belongs to; `unconfirmed` while the database does not say. Raises `Unavailable`."""
        now = self._clock.monotonic()
        with self._lock:
            at, known = self._confirmed.get(session_hash, (-OUTAGE_SECONDS, None))
            silent = now - self._silent.get(session_hash, -TRUST_SECONDS) < TRUST_SECONDS
        if known and now - at < TRUST_SECONDS:
            return known
        last = replace(known, unconfirmed=True) if known and now - at < OUTAGE_SECONDS else None
        if last and silent:
            return last
        try:
            actor = self._answer(session_hash, bounded=last is not None)
        except (Unavailable, OutOfTime):
            if last is None:
                raise
            with self._lock:
                self._silent[session_hash] = self._clock.monotonic()
            return last
        with self._lock:
            self._silent.pop(session_hash, None)
            if actor is None:
                self._confirmed.pop(session_hash, None)
            else:
                self._remember(session_hash, actor)
        return actor

    def forget(self, session_hash: str) -> None:
        """Ask anew about a session, and trust nothing that is known of it."""
        with self._lock:
            self._confirmed.pop(session_hash, None)
            self._silent.pop(session_hash, None)

    def forget_all_of(self, user: UserId) -> None:
        """Ask anew about every session of an account."""
        with self._lock:
            self._confirmed = {key: entry for key, entry in self._confirmed.items() if entry[1].id != user}

    def _answer(self, session_hash: str, *, bounded: bool) -> Actor | None:
        if not bounded:
            return self._ask(session_hash)
        return self._threads.submit(self._ask, session_hash).result(timeout=ANSWER_SECONDS)

    def _remember(self, session_hash: str, actor: Actor) -> None:
        now = self._clock.monotonic()
        if len(self._confirmed) > _MANY:
            self._confirmed = {
                key: entry for key, entry in self._confirmed.items() if now - entry[0] < TRUST_SECONDS
            }
            self._silent.clear()
        self._confirmed[session_hash] = (now, actor)
