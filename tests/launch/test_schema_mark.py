"""A start passes over the migrations only when the database is at their end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.launch.schema_mark import has_account, is_migrated, remember


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "alembic/versions").mkdir(parents=True)
    (tmp_path / "alembic/versions/0045.py").write_text("first")
    return tmp_path


def set_revision(database: Path, revision: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num TEXT)")
        connection.execute("DELETE FROM alembic_version")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
        connection.commit()


def test_a_migrated_database_is_known_until_a_migration_is_added(checkout: Path) -> None:
    database, mark = checkout / "a database #1.db", checkout / "run" / "mark"
    set_revision(database, "0047")
    assert not is_migrated(mark, checkout)
    remember(mark, checkout, database)

    assert is_migrated(mark, checkout)
    (checkout / "alembic/versions/0048.py").write_text("another")
    assert not is_migrated(mark, checkout)


def test_a_restored_older_database_and_a_removed_one_are_migrated(checkout: Path) -> None:
    database, mark = checkout / "studio.db", checkout / "mark"
    set_revision(database, "0047")
    remember(mark, checkout, database)

    set_revision(database, "0045")
    assert not is_migrated(mark, checkout)
    database.unlink()
    assert not is_migrated(mark, checkout)


def test_a_garbled_mark_is_no_mark(checkout: Path) -> None:
    for text in ("", "[]", "{}", '{"database": 3}'):
        (checkout / "mark").write_text(text)

        assert not is_migrated(checkout / "mark", checkout)


def test_a_database_without_revision_is_never_taken_for_migrated(checkout: Path) -> None:
    remember(checkout / "mark", checkout, checkout / "missing.db")

    assert not is_migrated(checkout / "mark", checkout)


def test_somebody_who_can_sign_in_is_known_without_loading_the_studio(checkout: Path) -> None:
    mark, database = checkout / "mark.json", checkout / "studio.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE users (id TEXT)")
        connection.commit()
        remember(mark, checkout, database)
        assert not has_account(mark)

        connection.execute("INSERT INTO users VALUES ('ann')")
        connection.commit()

    assert has_account(mark)
    assert not has_account(checkout / "no-such-mark.json")
