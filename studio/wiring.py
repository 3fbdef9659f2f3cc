"""What one web process owns: settings, database, Redis and the services on top; built before it serves.

`Container` knows no Reflex, so that tests and the API build one of their own. UI handlers reach it by `services()`.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import redis

from persistence.database import Database, open_database
from runtime.errors import Unavailable
from runtime.settings import Settings
from studio.services.accounts import Accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """The parts of a web process. Everything in it is safe to use from several threads."""

    settings: Settings
    database: Database
    redis: redis.Redis
    accounts: Accounts

    def close(self) -> None:
        """Let go of connections."""
        self.redis.close()
        self.database.dispose()


def build_container(settings: Settings) -> Container:
    """Open what the settings name. Redis connects on first use, so that pages work while it is away."""
    database = open_database(settings.resolved_database_url())
    return Container(
        settings=settings,
        database=database,
        redis=redis.Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2),
        accounts=Accounts(database, session_hours=settings.session_hours),
    )


class _Current:
    container: Container | None = None


def services() -> Container:
    """Return the container of this process."""
    if _Current.container is None:
        raise Unavailable("The studio is starting or stopping. Try again in a moment.")
    return _Current.container


@asynccontextmanager
async def serving(container: Container) -> AsyncGenerator[Container]:
    """Make a container the one of this process while the block runs, and close it at the end."""
    _Current.container = container
    try:
        yield container
    finally:
        _Current.container = None
        container.close()


@asynccontextmanager
async def lifespan() -> AsyncGenerator[None]:
    """Own the container for as long as the server runs; registered with Reflex, fails before the first request."""
    async with serving(build_container(Settings())):
        yield
