"""A migrated, empty database per test, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from persistence import migrate
from persistence.database import Database, open_database
from persistence.models import Base, KillSwitchRow
from tests.conftest import Backend, NewDatabase

NOW = datetime(2026, 5, 17, 9, 30, 0, 123456, tzinfo=UTC)


@pytest.fixture(scope="session")
def migrated(new_database: NewDatabase) -> Callable[[Backend], str]:
    """One migrated database per kind: migrating takes longer than emptying."""
    urls: dict[Backend, str] = {}

    def url(backend: Backend) -> str:
        if backend not in urls:
            urls[backend] = new_database(backend)
            migrate.upgrade(urls[backend])
        return urls[backend]

    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, migrated: Callable[[Backend], str]) -> Iterator[Database]:
    """An open database without a row but the kill switch's."""
    database = open_database(migrated(request.param))
    with database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != KillSwitchRow.__tablename__:
                session.execute(table.delete())
        session.execute(
            update(KillSwitchRow).values(engaged=False, reason=None, by_id=None, by_name=None, at=None)
        )
    yield database
    database.dispose()
