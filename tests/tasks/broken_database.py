"""A database that goes away and comes back when a test says so."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from persistence.database import Database
from persistence.errors import DatabaseUnavailable


class BrokenDatabase:
    """A database that cannot be reached while `broken`."""

    def __init__(self, real: Database) -> None:
        self.real = real
        self.broken = True
        self.where = real.where

    @contextmanager
    def read(self) -> Generator[Session]:
        """Fail, or read."""
        self._fail()
        with self.real.read() as session:
            yield session

    @contextmanager
    def write(self) -> Generator[Session]:
        """Fail, or write."""
        self._fail()
        with self.real.write() as session:
            yield session

    def dispose(self) -> None:
        """Close the real one's connections."""
        self.real.dispose()

    def _fail(self) -> None:
        if self.broken:
            raise DatabaseUnavailable(self.where, "it is away")
