"""The unit of work: a session that is committed once, at the end, or not at all."""

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import URL, Engine, Pool
from sqlalchemy.orm import Session, sessionmaker

from persistence.engines import build_engine, for_reading, for_writing, one_error, parse_url, shown


class Database:
    """One database, used from any thread and from forked children. Nobody else commits or rolls back."""

    def __init__(self, url: URL) -> None:
        self.where = shown(url)
        """The address as it may be shown, without a password."""
        self._url = url
        self._engine: Engine = build_engine(url)
        self._pid = os.getpid()
        self._fork_lock = threading.Lock()
        self._inherited: list[Pool] = []
        self._reading = _sessions(for_reading(self._engine))
        self._writing = _sessions(for_writing(self._engine))

    @contextmanager
    def read(self) -> Generator[Session]:
        """Give a session over one consistent state; what it writes is refused by the database."""
        self._leave_the_parents_connections()
        with one_error(self._url), self._reading() as session:
            yield session

    @contextmanager
    def write(self) -> Generator[Session]:
        """Give a session that is committed at the end of the block, and rolled back when the block raises."""
        self._leave_the_parents_connections()
        with one_error(self._url), self._writing.begin() as session:
            yield session

    def dispose(self) -> None:
        """Close all pooled connections. The database can be used again afterwards."""
        self._leave_the_parents_connections()
        self._engine.dispose()

    def _leave_the_parents_connections(self) -> None:
        """After a fork start with an empty pool: two processes must never share a connection."""
        if self._pid == os.getpid():
            return
        with self._fork_lock:
            if self._pid == os.getpid():
                return
            # Kept, not closed: closing would say goodbye on the parent's socket, and upset its SQLite locks.
            self._inherited.append(self._engine.pool)
            self._engine.dispose(close=False)
            self._pid = os.getpid()


def open_database(url: str) -> Database:
    """Return the database of a SQLAlchemy URL; connections are opened when they are needed.

    Raises `DatabaseUnavailable` for a URL that is neither a SQLite file nor PostgreSQL.
    """
    return Database(parse_url(url))


def _sessions(engine: Engine) -> sessionmaker[Session]:
    # Rows are read afresh each time: repositories change them with UPDATE statements, past the session's memory.
    return sessionmaker(
        engine,
        expire_on_commit=False,
        execution_options={"populate_existing": True, "synchronize_session": False},
    )
