"""What one web process owns: settings, what control functions need, and the services on top; built before it serves.

`Container` knows no Reflex, so that tests and the API build one of their own. UI handlers reach it by `services()`.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from argon2 import PasswordHasher

from persistence.database import Database
from runtime import collector
from runtime.errors import Unavailable
from runtime.settings import Settings
from studio.services.accounts import Accounts
from studio.services.directory import Directory
from studio.services.oidc.config import oidc_config
from studio.services.oidc.sign_on import SingleSignOn
from studio.services.tokens import Tokens
from tasks.control.context import Control, build_control
from tasks.logs import configure as configure_logs


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """The parts of a web process. Everything in it is safe to use from several threads."""

    settings: Settings
    control: Control
    """What the control functions of `tasks` take first; holds database, Redis and the sender of tasks."""
    accounts: Accounts
    directory: Directory
    tokens: Tokens
    sign_on: SingleSignOn | None
    """Where people may sign in besides here."""

    @property
    def database(self) -> Database:
        """The database of the process."""
        return self.control.database

    def close(self) -> None:
        """Let go of connections."""
        self.control.close()


def build_container(settings: Settings) -> Container:
    """Open what the settings name. Nothing connects before it is used, so that pages work while Redis is away."""
    return assemble(build_control(settings))


def assemble(control: Control, *, hasher: PasswordHasher | None = None) -> Container:
    """Put the services on top of what control functions need; a hasher of one's own, or the one with the usual work."""
    settings, database, clock = control.settings, control.database, control.clock
    config = oidc_config(settings)
    accounts = Accounts(database, clock, session_hours=settings.session_hours, hasher=hasher)
    return Container(
        settings=settings,
        control=control,
        accounts=accounts,
        directory=Directory(database, clock, accounts),
        tokens=Tokens(database, clock),
        sign_on=None if config is None else SingleSignOn(config, accounts, clock),
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
    if not logging.getLogger().handlers:
        configure_logs()
    async with serving(build_container(Settings())):
        collector.settle()
        yield
