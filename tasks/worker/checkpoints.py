"""Where LangGraph keeps its checkpoints: SQLite beside the application's file, or the application's PostgreSQL."""

import asyncio
import fcntl
import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiosqlite
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.engine import URL, make_url

from runtime.settings import Settings

SETUP_LOCK = 4_746_001
"""Advisory lock of PostgreSQL: one process at a time makes the tables."""
LOCK_POLL_SECONDS = 0.02
POOL_SIZE = 4


async def open_checkpointer(settings: Settings, stack: AsyncExitStack) -> BaseCheckpointSaver[str]:
    """Return the saver of this installation, ready to use; `stack` closes it."""
    url = make_url(settings.resolved_database_url())
    if url.get_backend_name() == "sqlite":
        return await _sqlite(settings.home / "checkpoints.db", stack)
    return await _postgres(url, stack)


async def _sqlite(path: Path, stack: AsyncExitStack) -> AsyncSqliteSaver:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = await stack.enter_async_context(aiosqlite.connect(path))
    saver = AsyncSqliteSaver(connection)
    # Two that make a new file a write-ahead one are told "locked" at once, whatever the busy timeout.
    async with _alone_with(path):
        for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=NORMAL"):
            await connection.execute(f"PRAGMA {pragma}")
        await saver.setup()
    return saver


@asynccontextmanager
async def _alone_with(path: Path) -> AsyncGenerator[None]:
    """Hold a lock beside a file, among all processes."""
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _locked(lock):  # noqa: ASYNC110  another process holds it
            await asyncio.sleep(LOCK_POLL_SECONDS)
        yield
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _postgres(url: URL, stack: AsyncExitStack) -> AsyncPostgresSaver:
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    pool = AsyncConnectionPool(
        conninfo,
        connection_class=AsyncConnection[DictRow],
        min_size=1,
        max_size=POOL_SIZE,
        open=False,
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row, "connect_timeout": 5},
        check=AsyncConnectionPool[AsyncConnection[DictRow]].check_connection,
    )
    await stack.enter_async_context(pool)
    saver = AsyncPostgresSaver(pool)
    async with pool.connection() as connection:
        # Polled, not waited for: a waiting session would keep CREATE INDEX CONCURRENTLY of the other one waiting too.
        while not await _try_lock(connection):  # noqa: ASYNC110  another process holds it
            await asyncio.sleep(LOCK_POLL_SECONDS)
        try:
            await saver.setup()
        finally:
            await connection.execute("SELECT pg_advisory_unlock(%s)", (SETUP_LOCK,))
    return saver


async def _try_lock(connection: AsyncConnection[DictRow]) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS mine", (SETUP_LOCK,))
    row = await cursor.fetchone()
    return bool(row and row["mine"])
