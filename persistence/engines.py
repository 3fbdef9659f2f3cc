"""Engines: how SQLite and PostgreSQL are opened, and how their errors become one of ours."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, Pool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from persistence.errors import DatabaseUnavailable
from persistence.types import dump_json

LOCK_SECONDS = 5
"""How long a statement waits for somebody else's lock."""
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 30
_BEGIN = "begin"


def parse_url(url: str) -> URL:
    """Return the URL with our driver; raises `DatabaseUnavailable` for one that we do not support."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUnavailable("of the settings", "its URL cannot be read") from error
    match parsed.get_backend_name():
        case "sqlite" if parsed.database in {None, "", ":memory:"}:
            raise DatabaseUnavailable(shown(parsed), "a SQLite database needs a file")
        case "sqlite":
            return parsed.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise DatabaseUnavailable(shown(parsed), f"{other} is neither SQLite nor PostgreSQL")


def shown(url: URL) -> str:
    """Return the address as it may be shown: no password, and no query, which may hold one."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    plain = URL.create(
        url.get_backend_name(), username=url.username, host=url.host, port=url.port, database=url.database
    )
    return plain.render_as_string()


def build_engine(
    url: URL, *, poolclass: type[Pool] | None = None, lock_seconds: int = LOCK_SECONDS
) -> Engine:
    """Return an engine whose every wait is bounded. Nothing is opened yet."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, poolclass, lock_seconds)
    return _postgres_engine(url, poolclass, lock_seconds)


def for_reading(engine: Engine) -> Engine:
    """Return the engine with transactions that see one state and cannot write. It shares the pool."""
    options: dict[str, Any] = {_BEGIN: "DEFERRED"}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return engine.execution_options(**options)


def for_writing(engine: Engine) -> Engine:
    """Return the engine with transactions that take SQLite's one write lock at once. It shares the pool.

    A SQLite transaction that reads first and writes later fails at once when another has written in between, whatever
    the timeout; one that begins IMMEDIATE waits its turn.
    """
    return engine.execution_options(**{_BEGIN: "IMMEDIATE"})


def _sqlite_engine(url: URL, poolclass: type[Pool] | None, lock_seconds: int) -> Engine:
    options: dict[str, Any] = {"poolclass": poolclass} if poolclass else _pool_options()
    engine = create_engine(
        url,
        json_serializer=dump_json,
        connect_args={"timeout": lock_seconds, "check_same_thread": False},
        **options,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        # The driver must not begin transactions by itself: it would begin deferred ones, and only before a write.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        mode = connection.get_execution_options().get(_BEGIN, "IMMEDIATE")
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if mode == 'DEFERRED' else 'OFF'}")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _postgres_engine(url: URL, poolclass: type[Pool] | None, lock_seconds: int) -> Engine:
    options: dict[str, Any] = {"poolclass": poolclass} if poolclass else _pool_options()
    engine = create_engine(
        url,
        json_serializer=dump_json,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "alphaswarm"},
        **options,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        # Statements, not start-up options: a connection pooler in between refuses those.
        connection.execute(
            "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false),"
            " set_config('idle_in_transaction_session_timeout', '60s', false), set_config('TimeZone', 'UTC', false)",
            (f"{lock_seconds}s", f"{max(STATEMENT_SECONDS, lock_seconds * 2)}s"),
        )
        connection.commit()

    return engine


def _pool_options() -> dict[str, Any]:
    return {"pool_size": 5, "max_overflow": 15, "pool_timeout": CONNECT_SECONDS}


@contextmanager
def one_error(url: URL) -> Generator[None]:
    """Turn what the drivers raise when a database cannot be used into `DatabaseUnavailable`."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnavailable(shown(url), "all its connections are in use") from error
    except DatabaseError as error:
        if not _is_outage(error):
            raise
        raise DatabaseUnavailable(shown(url), _reason(error, url)) from error
    except InterfaceError as error:
        raise DatabaseUnavailable(shown(url), _reason(error, url)) from error


def _is_outage(error: DatabaseError) -> bool:
    """Tell outages from our own mistakes, such as a broken constraint."""
    return isinstance(error, OperationalError) or error.connection_invalidated or type(error) is DatabaseError


def _reason(error: DatabaseError | InterfaceError, url: URL) -> str:
    lines = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    reason = lines[0].strip().rstrip(".")
    return reason.replace(url.password, "***") if url.password else reason
