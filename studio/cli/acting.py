"""In whose name a command acts: an account by name, or the token in `ALPHASWARM_TOKEN`.

Whoever has this machine has its database, so a name needs no password here; every act is in the audit log in that name, and
the account's role counts as everywhere.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import typer

from persistence import migrate
from runtime.errors import SignInRequired, Unavailable
from studio.cli.place import settings_here
from studio.services.accounts import account_named
from studio.services.tokens import Tokens
from tasks.access import Actor
from tasks.control.context import Control, build_control

VARIABLE = "ALPHASWARM_TOKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Somebody at work on an installation."""

    control: Control
    actor: Actor


@contextmanager
def acting(name: str) -> Generator[Acting]:
    """Open the installation in somebody's name, and let go of it at the end.

    Raises `SignInRequired`, `NotFound`, and `Unavailable` without a database that was ever migrated.
    """
    settings = settings_here()
    if migrate.current(settings.resolved_database_url()) is None:
        raise Unavailable("The database has never been migrated. Run ./alphaswarm migrate.")
    control = build_control(settings)
    try:
        yield Acting(control=control, actor=_who(control, name))
    finally:
        control.close()


def _who(control: Control, name: str) -> Actor:
    secret = os.environ.get(VARIABLE, "")
    if name and secret:
        raise typer.BadParameter(f"Give --as or {VARIABLE}, not both.", param_hint="--as")
    if name:
        return account_named(control.database, name)
    if not secret:
        raise SignInRequired(f"Say who acts: --as NAME, or a live API token in {VARIABLE}.")
    actor = Tokens(control.database, control.clock).actor(secret)
    if actor is None:
        raise SignInRequired(f"The token in {VARIABLE} is unknown, has expired or was revoked.")
    return actor
