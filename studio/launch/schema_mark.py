"""Remembers that the workspace's own database is migrated, so that a start need not load the migrations to find out.

Only for the embedded SQLite. The mark names the migrations it was made from and the revision they led to; the database is
asked for its revision every time, so a restored older file is migrated and not trusted.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from studio.launch.stamps import digest_of


def is_migrated(mark: Path, root: Path) -> bool:
    """Whether the marked database is at the revision that this checkout's migrations lead to."""
    try:
        made = json.loads(mark.read_text(encoding="utf-8"))
        revision = _revision(Path(made["database"]))
        return (
            revision is not None and made["revision"] == revision and made["migrations"] == _migrations(root)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def has_account(mark: Path) -> bool:
    """Whether somebody can sign in to the marked database already, so that the link is the sign-in page."""
    try:
        database = Path(json.loads(mark.read_text(encoding="utf-8"))["database"])
        return _first(database, "SELECT id FROM users LIMIT 1") is not None
    except (OSError, ValueError, KeyError, TypeError):
        return False


def remember(mark: Path, root: Path, database: Path) -> None:
    """Write the mark, after the migration has succeeded."""
    mark.parent.mkdir(parents=True, exist_ok=True)
    made = {"migrations": _migrations(root), "database": str(database), "revision": _revision(database)}
    mark.write_text(json.dumps(made), encoding="utf-8")


def _migrations(root: Path) -> str:
    return digest_of((root / "alembic").rglob("*.py"), root=root)


def _revision(database: Path) -> str | None:
    """The revision in a SQLite file; nothing when there is no such file or it was never migrated."""
    return _first(database, "SELECT version_num FROM alembic_version")


def _first(database: Path, query: str) -> str | None:
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute(query).fetchone()
    except sqlite3.Error:
        return None
    return str(row[0]) if row else None
