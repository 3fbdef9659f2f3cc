from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event

from persistence.accounts import AccountRepository
from persistence.database import Database
from persistence.deletions import DeletionRepository
from persistence.drafts import DraftRepository
from persistence.runs import RunRepository
from persistence.specs import SpecRepository, VersionRecord
from runtime.errors import NotFound
from runtime.ids import RunId, SpecName, VersionId
from tests.persistence.conftest import NOW
from tests.persistence.test_runs import new_run

DESK = SpecName("desk.momentum")
MINUTE = timedelta(minutes=1)


def add_spec(database: Database, name: SpecName = DESK) -> str:
    with database.write() as session:
        return SpecRepository(session).upsert_spec(
            name,
            adapter="WorkflowStudioAdapter",
            description="Follows prices.",
            annotations=["x"],
            now=NOW,
        )


def freeze(database: Database, spec_id: str, content: str) -> VersionRecord:
    with database.write() as session:
        return SpecRepository(session).add_version(
            spec_id,
            spec_hash=content * 64,
            payload={"name": content},
            notes=None,
            created_by="Ada",
            now=NOW + MINUTE,
        )


def test_a_workflow_is_created_once_and_then_brought_up_to_date(database: Database) -> None:
    with database.write() as session:
        ada = AccountRepository(session).create_user(name="Ada", role="admin", password_hash="x", now=NOW)
        specs = SpecRepository(session)
        first = specs.upsert_spec(
            DESK, adapter="A", description="one", annotations=["x"], now=NOW, owner_user_id=ada.id
        )
        again = specs.upsert_spec(DESK, adapter="B", description="two", annotations=[], now=NOW + MINUTE)

        found = specs.by_name(DESK)
        assert first == again
        assert found is not None
        assert (found.adapter, found.description, found.annotations) == ("B", "two", ())
        assert (found.created_at, found.updated_at, found.owner_user_id) == (NOW, NOW + MINUTE, ada.id)
        assert (found.snapshot_hash, found.draft_revision, found.last_run_status) == (None, None, None)
        assert specs.by_name(SpecName("other")) is None


def test_the_same_content_is_the_same_version_and_becomes_current_again(database: Database) -> None:
    spec_id = add_spec(database)
    one, two = freeze(database, spec_id, "a"), freeze(database, spec_id, "b")
    assert (one.version, two.version) == (1, 2)

    assert freeze(database, spec_id, "a") == one

    with database.read() as session:
        specs = SpecRepository(session)
        current = specs.by_name(DESK)
        assert current is not None
        assert (current.current_version, current.snapshot_hash) == (1, "a" * 64)
        assert specs.versions(DESK) == [two, one]
        assert specs.versions(DESK, limit=1) == [two]
        assert specs.versions(SpecName("other")) == []
        assert specs.version(two.id) == two
        assert specs.version(VersionId("none")) is None


def test_a_version_needs_its_workflow(database: Database) -> None:
    with pytest.raises(NotFound):
        freeze(database, "nothing", "a")


def test_versions_that_are_frozen_at_once_get_numbers_of_their_own(database: Database) -> None:
    spec_id = add_spec(database)

    with ThreadPoolExecutor(6) as pool:
        versions = list(pool.map(lambda content: freeze(database, spec_id, content), "abcdef"))

    assert sorted(version.version for version in versions) == [1, 2, 3, 4, 5, 6]


def test_a_deleted_workflow_takes_versions_and_drawing_with_it_and_leaves_its_runs(
    database: Database,
) -> None:
    spec_id = add_spec(database)
    version = freeze(database, spec_id, "a")
    with database.write() as session:
        DraftRepository(session).create(spec_id, spec={}, layout={}, author="Ada", now=NOW)
        RunRepository(session).insert_pending(new_run("r1", spec_name=DESK, spec_version_id=version.id), NOW)

    with database.write() as session:
        bin_ = DeletionRepository(session)
        assert bin_.delete(DESK, by="Ada", now=NOW)
        assert not bin_.delete(DESK, by="Ada", now=NOW)
        assert bin_.purge(DESK)
        assert not bin_.purge(DESK)

    with database.read() as session:
        assert SpecRepository(session).version(version.id) is None
        assert DraftRepository(session).get(DESK) is None
        run = RunRepository(session).get(RunId("r1"))
        assert run is not None
        assert (run.summary.spec_name, run.summary.spec_version_id) == (DESK, None)


def test_the_list_knows_version_drawing_and_last_run_from_one_query(database: Database) -> None:
    ids = {name: add_spec(database, SpecName(name)) for name in ("a", "b", "c")}
    version = freeze(database, ids["b"], "b")
    with database.write() as session:
        DraftRepository(session).create(ids["c"], spec={}, layout={}, author="Ada", now=NOW + 2 * MINUTE)
        runs = RunRepository(session)
        runs.insert_pending(new_run("r1", spec_name=SpecName("a")), NOW)
        runs.insert_pending(new_run("r2", spec_name=SpecName("a")), NOW + MINUTE)
        runs.halt(RunId("r2"), reason="enough", now=NOW + MINUTE)
    statements: list[str] = []

    with database.read() as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *args: statements.append(args[2]))
        listed = {record.name: record for record in SpecRepository(session).list()}

    assert len(statements) == 1
    assert list(listed) == ["c", "b", "a"]
    assert (listed[SpecName("a")].last_run_id, listed[SpecName("a")].last_run_status) == ("r2", "halted")
    assert listed[SpecName("a")].last_run_started_at == NOW + MINUTE
    assert listed[SpecName("b")].snapshot_hash == version.spec_hash
    assert (listed[SpecName("c")].draft_revision, listed[SpecName("c")].last_run_id) == (1, None)
    assert listed[SpecName("c")].updated_at == NOW + 2 * MINUTE
