"""Real servers for the tests: Redis, PostgreSQL and SQLite, never a stand-in.

- `redis_url`: one redis-server for the session; `clean_redis_url` is the same server, emptied first.
- `sqlite_url`, `postgres_url`: a new, empty database per test, as SQLAlchemy URLs (psycopg 3).
- `database_url`: parametrised over both; use it wherever a rule must hold on both.
- `database_of`: `database_of("sqlite" | "postgresql")` gives one of the kind of `database`.
- `database`: an open, migrated database without a row, on both kinds: migrated once, emptied per test, so it is quick.
- `new_database`: session-scoped `new_database("sqlite" | "postgresql") -> url`, for fixtures of a wider scope.

Every folder below has an `__init__.py`, so that two test files may share a name.
"""

from __future__ import annotations

import itertools
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from persistence import migrate
from persistence.database import Database, open_database
from persistence.models import Base, KillSwitchRow
from tests.servers import PostgresCluster, RunningRedis

Backend = Literal["sqlite", "postgresql"]
NewDatabase = Callable[[Backend], str]

BROWSER_TESTS = Path(__file__).with_name("e2e")
# The PostgreSQL wheel exists for this platform; elsewhere these tests say that they were skipped.
HAS_POSTGRES_WHEEL = sys.platform == "linux" and platform.machine() == "x86_64"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests run last: a fault below them is told sooner by the test nearest to it."""
    items.sort(key=lambda item: item.path.is_relative_to(BROWSER_TESTS))


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A redis-server of this session on a free port of 127.0.0.1."""
    server = RunningRedis.start(tmp_path_factory.mktemp("redis"))
    yield server.url
    server.stop()


@pytest.fixture
def clean_redis_url(redis_url: str) -> str:
    """The session's Redis with every key removed."""
    import redis

    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    return redis_url


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A PostgreSQL cluster of this session; started when the first test asks for it."""
    if not HAS_POSTGRES_WHEEL:
        pytest.skip("the PostgreSQL wheel exists for Linux x86_64 only")
    # Not below pytest's own temporary folder: the server's user may not enter it, and socket paths are short.
    folder = Path(tempfile.mkdtemp(prefix="alphaswarm-pg-"))
    try:
        cluster = PostgresCluster.start(folder / "data")
        yield cluster
        cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Make an empty database of the given kind and return its SQLAlchemy URL."""
    numbers = itertools.count(1)
    folder = tmp_path_factory.mktemp("sqlite")

    def make(backend: Backend) -> str:
        name = f"t{next(numbers)}"
        if backend == "sqlite":
            return f"sqlite:///{folder / f'{name}.db'}"
        cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
        return cluster.create_database(name)

    return make


@pytest.fixture
def sqlite_url(new_database: NewDatabase) -> str:
    """A SQLite file that does not exist yet."""
    return new_database("sqlite")


@pytest.fixture
def postgres_url(new_database: NewDatabase, postgres_cluster: PostgresCluster) -> Iterator[str]:
    """An empty PostgreSQL database, dropped after the test."""
    url = new_database("postgresql")
    yield url
    postgres_cluster.drop_database(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once on SQLite and once on PostgreSQL."""
    wanted: str = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return request.getfixturevalue(wanted)


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


@contextmanager
def guards_away(session: Session) -> Generator[None]:
    """Take away the triggers that keep the audit log append-only, and put them back: between tests it is emptied."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # Of this transaction only, and without a lock on the table: a thread of the test before may still be writing to it.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield
        connection.exec_driver_sql("SET LOCAL session_replication_role = origin")
        return
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _ in found:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, sql in found:
        connection.exec_driver_sql(sql)


@pytest.fixture
def database_of(migrated: Callable[[Backend], str]) -> Iterator[Callable[[Backend], Database]]:
    """Open a database of the given kind, without a row but the kill switch's."""
    opened: list[Database] = []

    def open_emptied(backend: Backend) -> Database:
        database = open_database(migrated(backend))
        opened.append(database)
        with database.write() as session:
            with guards_away(session):
                for table in reversed(Base.metadata.sorted_tables):
                    if table.name != KillSwitchRow.__tablename__:
                        session.execute(table.delete())
            session.execute(
                update(KillSwitchRow).values(engaged=False, reason=None, by_id=None, by_name=None, at=None)
            )
        return database

    yield open_emptied
    for database in opened:
        database.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, database_of: Callable[[Backend], Database]) -> Database:
    """An open database without a row but the kill switch's, on both kinds."""
    return database_of(request.param)
