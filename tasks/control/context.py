"""`Control`: what every control function needs of the world, built once per process."""

import time
from asyncio import sleep
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Thread

import redis
from celery import Celery
from redis.backoff import NoBackoff
from redis.retry import Retry

from persistence.database import Database, open_database
from runtime.ports import Clock
from runtime.settings import Settings
from tasks.app import publisher

ASIDE_SECONDS = 5.0
"""Longest wait for what was begun on the side when a control is closed."""
REDIS_SECONDS = 0.25
"""Longest wait for Redis anywhere in a request: the row is the truth, Redis only makes it faster."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the wall clock, UTC and aware."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait, cancellably."""
        await sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The parts that control functions use. Everything in it is safe to use from several threads."""

    settings: Settings
    database: Database
    redis: "redis.Redis"
    """Answers within `REDIS_SECONDS` or raises; gives text."""
    celery: Celery
    """Only sends, and gives up soon when the broker is away."""
    clock: Clock
    closing: Event = field(default_factory=Event)
    """Set when this is closed: whoever waits for something on the side leaves."""
    on_the_side: list[Thread] = field(default_factory=list[Thread])
    """What `aside` has started and has not ended."""

    def aside(self, work: Callable[[], None], *, name: str) -> None:
        """Do something on a thread of its own. It leaves when `closing` is set, and is waited for before connections go."""
        thread = Thread(target=work, name=name, daemon=True)
        thread.start()
        self.on_the_side[:] = [*(each for each in self.on_the_side if each.is_alive()), thread]

    def close(self) -> None:
        """Let go of connections."""
        self.closing.set()
        for thread in list(self.on_the_side):
            thread.join(timeout=ASIDE_SECONDS)
        self.redis.close()
        self.celery.close()
        self.database.dispose()


def build_control(
    settings: Settings, *, database: Database | None = None, clock: Clock | None = None
) -> Control:
    """Open what the settings name; nothing connects before it is used."""
    return Control(
        settings=settings,
        database=database or open_database(settings.resolved_database_url()),
        redis=redis.Redis.from_url(
            settings.redis_url,
            decode_responses=True,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            retry=Retry(NoBackoff(), 0),
        ),
        celery=publisher(settings),
        clock=clock or SystemClock(),
    )
