"""Migrations on both databases: up, down with data around, up again; the models say what the migrations made."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from persistence import migrate
from persistence.database import open_database
from persistence.deletions import DeletionRepository
from persistence.errors import DatabaseUnavailable
from persistence.models import AgentMemoryRow, Base, SpecRow, UserRow
from runtime.ids import SpecName

BASELINE = "0045_pgvector_foundation"
CONTROL_PLANE = "0046_workflow_versioning"
NOW = datetime(2026, 5, 17, 9, 30, 0, 123456, tzinfo=UTC)


def tables(url: str) -> set[str]:
    database = open_database(url)
    with database.read() as session:
        names = set(inspect(session.connection()).get_table_names())
    database.dispose()
    return names


def test_the_models_are_what_the_migrations_make(database_url: str) -> None:
    migrate.upgrade(database_url)

    database = open_database(database_url)
    with database.read() as session:
        context = MigrationContext.configure(
            session.connection(), opts={"compare_type": migrate.differs, "compare_server_default": True}
        )
        differences = compare_metadata(context, Base.metadata)
    database.dispose()

    assert differences == []


def test_a_database_says_where_it_is(database_url: str) -> None:
    assert migrate.current(database_url) is None

    migrate.upgrade(database_url, CONTROL_PLANE)
    assert migrate.current(database_url) == CONTROL_PLANE

    migrate.upgrade(database_url)
    assert migrate.current(database_url) == migrate.head()


def test_the_control_plane_adds_exactly_its_three_tables(database_url: str) -> None:
    migrate.upgrade(database_url, BASELINE)
    before = tables(database_url)

    migrate.upgrade(database_url, CONTROL_PLANE)

    assert tables(database_url) - before == {"workflow_specs", "workflow_spec_versions", "workflow_runs"}


def test_going_back_to_the_baseline_loses_nothing_elsewhere(database_url: str) -> None:
    migrate.upgrade(database_url, BASELINE)
    baseline = tables(database_url)
    migrate.upgrade(database_url)
    database = open_database(database_url)
    with database.write() as session:
        session.add(
            UserRow(
                id="u1", name="Ada", name_key="ada", role="admin", password_hash="$argon2$", created_at=NOW
            )
        )
        session.flush()
        session.add(SpecRow(id="s1", name="desk.momentum", adapter="LangGraphAdapter", owner_user_id="u1"))

    database.dispose()
    migrate.downgrade(database_url, BASELINE)

    assert migrate.current(database_url) == BASELINE
    assert tables(database_url) == baseline
    with database.read() as session:
        # By name: the rows of today have columns that the baseline does not.
        user = session.execute(select(UserRow.id, UserRow.name, UserRow.created_at)).one()
        assert tuple(user) == ("u1", "Ada", NOW)
        assert session.scalar(text("SELECT count(*) FROM kill_switch")) == 1
    database.dispose()

    migrate.upgrade(database_url)

    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM users")) == 1
        assert session.scalar(text("SELECT count(*) FROM workflow_specs")) == 0
    database.dispose()


def test_going_back_before_disabled_accounts_lets_none_of_them_in(database_url: str) -> None:
    migrate.upgrade(database_url)
    database = open_database(database_url)
    with database.write() as session:
        for name, disabled in (("ada", None), ("bob", NOW)):
            session.add(
                UserRow(
                    id=name, name=name, name_key=name, role="admin", password_hash="$argon2$", created_at=NOW,
                    disabled_at=disabled,
                )
            )  # fmt: skip
    database.dispose()

    migrate.downgrade(database_url, "0061_deletions_and_request_keys")

    with database.read() as session:
        kept = session.execute(select(UserRow.id, UserRow.password_hash).order_by(UserRow.id)).all()
    database.dispose()
    assert [tuple(row) for row in kept] == [("ada", "$argon2$"), ("bob", "")]


def test_going_back_before_the_bin_gives_its_workflows_their_names_back(database_url: str) -> None:
    migrate.upgrade(database_url)
    database = open_database(database_url)
    name = SpecName("desk.momentum")
    with database.write() as session:
        session.add(SpecRow(id="s1", name=name, adapter="LangGraphAdapter"))
        session.add(SpecRow(id="s2", name="kept", adapter="LangGraphAdapter"))
        session.flush()
        assert DeletionRepository(session).delete(name, by="Ada", now=NOW)
    database.dispose()

    migrate.downgrade(database_url, "0060_agent_specs")

    with database.read() as session:
        names = session.scalars(text("SELECT name FROM workflow_specs ORDER BY id")).all()
    database.dispose()
    assert names == [name, "kept"]


def test_everything_can_be_taken_away(database_url: str) -> None:
    migrate.upgrade(database_url)

    migrate.downgrade(database_url, "base")

    assert tables(database_url) == {"alembic_version"}
    assert migrate.current(database_url) is None


def test_an_embedding_is_stored_whatever_the_column_is(database_url: str) -> None:
    migrate.upgrade(database_url)
    database = open_database(database_url)
    embedding = [index / 512 for index in range(384)]

    with database.write() as session:
        session.add(
            AgentMemoryRow(id="m1", agent="bull", content="seen", embedding=embedding, created_at=NOW)
        )
    with database.read() as session:
        stored = session.scalars(select(AgentMemoryRow)).one()
        kind = str(inspect(session.connection()).get_columns("agent_memory")[3]["type"])
    database.dispose()

    assert stored.embedding == pytest.approx(embedding)
    assert kind == ("vector(384)" if database_url.startswith("postgresql") else "JSON")


def test_two_processes_may_migrate_at_once(database_url: str) -> None:
    script = "import sys; from persistence import migrate; migrate.upgrade(sys.argv[1])"
    root = Path(migrate.__file__).parent.parent

    processes = [
        subprocess.Popen([sys.executable, "-c", script, database_url], cwd=root, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    ends = [(process.communicate()[1].decode(), process.returncode) for process in processes]

    assert ends == [("", 0)] * 3
    assert migrate.current(database_url) == migrate.head()


def test_a_percent_sign_in_the_address_is_no_trouble(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / '100%' / 'studio.db'}"

    migrate.upgrade(url)

    assert migrate.current(url) == migrate.head()


def test_a_server_that_is_not_there_is_one_sentence_without_the_password() -> None:
    url = "postgresql://desk:s3cret@127.0.0.1:1/none?connect_timeout=1"

    with pytest.raises(DatabaseUnavailable) as raised:
        migrate.upgrade(url)

    assert "127.0.0.1:1/none" in str(raised.value)
    assert "s3cret" not in str(raised.value)
    assert "\n" not in str(raised.value)
