from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from persistence import migrate
from persistence.database import Database, open_database
from persistence.errors import DatabaseUnavailable
from persistence.models import ArtifactRow, WorkspaceRow
from persistence.runs import RunRepository, RunTotals
from runtime.errors import Unavailable
from runtime.ids import RunId
from tests.persistence.conftest import NOW
from tests.persistence.test_runs import accept, claimed, get


def workspace(name: str, at: datetime = NOW) -> WorkspaceRow:
    return WorkspaceRow(id=name, name=name, created_at=at)


def names(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(WorkspaceRow.name).order_by(WorkspaceRow.name)))


def test_a_unit_of_work_is_committed_whole_or_not_at_all(database: Database) -> None:
    with database.write() as session:
        session.add(workspace("kept"))
    with pytest.raises(LookupError):
        _add_and_fail(database, "lost")

    assert names(database) == ["kept"]


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises((DBAPIError, DatabaseUnavailable)), database.read() as session:
        session.execute(insert(WorkspaceRow).values(id="1", name="sneaked", created_at=NOW))

    with database.write() as session:
        session.add(workspace("written"))
    assert names(database) == ["written"]


def test_a_broken_constraint_is_our_mistake_and_no_outage(database: Database) -> None:
    _add(database, "twice")

    with pytest.raises(IntegrityError):
        _add(database, "twice")


def test_times_keep_their_microseconds_and_come_back_in_utc(database: Database) -> None:
    tokyo = datetime(2026, 1, 1, 8, 0, 0, 7, tzinfo=timezone(timedelta(hours=9)))
    with database.write() as session:
        session.add(workspace("tokyo", tokyo))

    with database.read() as session:
        stored = session.scalars(select(WorkspaceRow.created_at)).one()

    assert stored.isoformat() == "2025-12-31T23:00:00.000007+00:00"


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="timezone"), database.write() as session:
        session.add(workspace("naive", NOW.replace(tzinfo=None)))


def test_foreign_keys_are_enforced(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(
            text("INSERT INTO projects (id, workspace_id, name, created_at) VALUES ('p', 'none', 'p', :at)"),
            {"at": "2026-01-01 00:00:00.000000"},
        )


def test_many_writers_wait_for_each_other_and_lose_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(workspace("counter"))
        session.add(ArtifactRow(digest="n", media="n", size=0, data=b"", created_at=NOW))

    def count(_: int) -> None:
        with database.write() as session:
            row = session.scalars(select(ArtifactRow).with_for_update()).one()
            row.size += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(200)))

    with database.read() as session:
        assert session.scalar(select(ArtifactRow.size)) == 200


def test_workers_that_write_their_runs_at_once_all_get_through(database: Database) -> None:
    runs = [RunId(f"r{number}") for number in range(8)]
    accept(database, *runs)
    tokens = {run: claimed(database, run).token for run in runs}

    def work(run: RunId) -> bool:
        steps = range(1, 11)
        written: list[bool] = []
        for step in steps:
            with database.write() as session:
                written.append(
                    RunRepository(session).append_progress(
                        run, tokens[run], crumbs=[{"n": step}], totals=RunTotals(n_calls=step)
                    )
                )
        return all(written)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, runs))
    assert [len(get(database, run).crumbs) for run in runs] == [10] * 8


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    with database.read() as session:
        before = session.scalar(select(func.count()).select_from(WorkspaceRow))
        writer = threading.Thread(target=_add, args=(database, "meanwhile"))
        writer.start()
        writer.join()
        assert session.scalar(select(func.count()).select_from(WorkspaceRow)) == before

    assert names(database) == ["meanwhile"]


def _add(database: Database, name: str) -> None:
    with database.write() as session:
        session.add(workspace(name))


def _add_and_fail(database: Database, name: str) -> None:
    with database.write() as session:
        session.add(workspace(name))
        session.flush()
        raise LookupError


FORKING = """
import os, sys
from datetime import UTC, datetime
from persistence.database import open_database
from persistence.models import WorkspaceRow

database = open_database(sys.argv[1])

def add(name):
    with database.write() as session:
        session.add(WorkspaceRow(id=name, name=name, created_at=datetime.now(UTC)))

add("parent")
pooled = database._engine.pool
child = os.fork()
if child == 0:
    add("child")
    assert database._engine.pool is not pooled
    database.dispose()
    sys.exit(0)
_, status = os.waitpid(child, 0)
add("parent again")
database.dispose()
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_a_forked_child_has_connections_of_its_own(database_url: str) -> None:
    migrate.upgrade(database_url)

    # In a process of its own: forking the one that runs the tests, with its threads, is not sound.
    ended = subprocess.run(
        # The child ends with its parent's connection open on purpose, and the driver says so.
        [sys.executable, "-W", "error", "-W", "ignore::ResourceWarning", "-c", FORKING, database_url],
        cwd=Path(migrate.__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.stderr, ended.returncode) == ("", 0)
    database = open_database(database_url)
    assert names(database) == ["child", "parent", "parent again"]
    database.dispose()


@pytest.mark.parametrize("url", ["mysql://desk:s3cret@db/alpha", "sqlite://", "not a url", ""])
def test_an_address_we_do_not_support_is_one_sentence(url: str) -> None:
    with pytest.raises(DatabaseUnavailable) as raised:
        open_database(url)

    assert "s3cret" not in str(raised.value)
    assert isinstance(raised.value, Unavailable)


def test_a_server_that_is_down_is_unavailable_and_its_password_stays_hidden() -> None:
    database = open_database("postgres://desk:s3cret@127.0.0.1:1/alpha")

    with pytest.raises(DatabaseUnavailable) as raised, database.read() as session:
        session.execute(select(WorkspaceRow))

    assert "postgresql://desk@127.0.0.1:1/alpha" in str(raised.value)
    assert "s3cret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "studio.db").write_bytes(b"price,date\n" * 400)

    with (
        pytest.raises(DatabaseUnavailable, match="not a database"),
        open_database(f"sqlite:///{tmp_path / 'studio.db'}").read() as session,
    ):
        session.execute(select(WorkspaceRow))


def test_an_unmigrated_database_is_unavailable(sqlite_url: str) -> None:
    with (
        pytest.raises(DatabaseUnavailable, match="no such table"),
        open_database(sqlite_url).read() as session,
    ):
        session.execute(select(WorkspaceRow))
