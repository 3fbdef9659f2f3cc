"""Migrations from within a process: `upgrade`, `downgrade`, `current`. Safe when two processes start at once."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, URL, Connection, NullPool, text
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from persistence.engines import build_engine, for_reading, for_writing, one_error, parse_url, shown
from persistence.errors import DatabaseUnavailable
from persistence.types import Embedding, Vector

_SCRIPTS = Path(__file__).resolve().parent.parent / "alembic"
_LOCK_KEY = 0x616C7068615357
_LOCK_SECONDS = 120
"""Longer than a migration takes: the second process waits for the first, then has nothing to do."""


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database up to a revision, creating the SQLite file when it is missing. Raises `DatabaseUnavailable`."""
    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the database down to a revision (`base`: to nothing). What newer revisions hold is lost."""
    command.downgrade(_config(url), revision)


def head() -> str:
    """Return the newest revision that this code knows."""
    revision = ScriptDirectory(str(_SCRIPTS)).get_current_head()
    if revision is None:
        raise LookupError(f"There are no migrations in {_SCRIPTS}.")
    return revision


def current(url: str) -> str | None:
    """Return the revision that the database is at; None when it has never been migrated."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(str(parsed.database)).exists():
        return None
    engine = for_reading(build_engine(parsed, poolclass=NullPool))
    with one_error(parsed), engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def revision_of(session: Session) -> str | None:
    """Return the revision of an open database; None when it has never been migrated."""
    return MigrationContext.configure(session.connection()).get_current_revision()


@contextmanager
def locked_connection(url: str) -> Generator[Connection]:
    """Give a connection in a transaction that no other migration shares; commit at the end."""
    parsed = parse_url(url)
    _make_folder(parsed)
    engine = for_writing(build_engine(parsed, poolclass=NullPool, lock_seconds=_LOCK_SECONDS))
    with one_error(parsed), engine.begin() as connection:
        # On SQLite the transaction began IMMEDIATE, which is the lock.
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        yield connection


def differs(
    _context: object, _found_column: object, _column: object, found: TypeEngine[Any], wanted: TypeEngine[Any]
) -> bool | None:
    """Compare column types for Alembic: an embedding may be a vector or JSON; None leaves the rest to Alembic."""
    return not isinstance(found, Vector | JSON) if isinstance(wanted, Embedding) else None


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    # Not the main option: that one would read a percent sign of the password as its own.
    config.attributes["url"] = url
    return config


def _make_folder(url: URL) -> None:
    if url.get_backend_name() != "sqlite":
        return
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(shown(url), f"its folder cannot be made ({error.strerror})") from error
