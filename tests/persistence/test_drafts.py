from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from persistence import drafts
from persistence.database import Database
from persistence.drafts import DraftRepository, EditRecord
from persistence.errors import StaleRow
from persistence.specs import SpecRepository
from runtime.errors import AlreadyExists, NotFound, StaleRevision
from runtime.ids import SpecName
from tests.persistence.conftest import NOW

DESK = SpecName("desk.momentum")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def drawn(database: Database) -> Database:
    """A database with one drawing at revision 1."""
    with database.write() as session:
        spec_id = SpecRepository(session).upsert_spec(
            DESK, adapter="WorkflowStudioAdapter", description="", annotations=[], now=NOW
        )
        DraftRepository(session).create(spec_id, spec=spec(1), layout={}, author="Ada", now=NOW)
    return database


def spec(number: int) -> dict[str, Any]:
    return {"name": DESK, "params": {"n": number, "nested": [1.5, None, "ä\x00"]}}


def save(database: Database, expected: int, number: int, label: str = "Move") -> int:
    with database.write() as session:
        return DraftRepository(session).save(
            DESK,
            expected,
            spec=spec(number),
            layout={"x": number},
            label=label,
            change={"to": number},
            author="Ada",
            now=NOW + number * MINUTE,
        )


def travel(database: Database, way: str, expected: int, edit_id: int, number: int) -> int:
    with database.write() as session:
        step = getattr(DraftRepository(session), way)
        return step(DESK, expected, edit_id=edit_id, spec=spec(number), layout={}, author="Bob", now=NOW)


def due(database: Database) -> tuple[EditRecord | None, EditRecord | None]:
    with database.read() as session:
        repository = DraftRepository(session)
        return repository.last_undoable(DESK), repository.last_redoable(DESK)


def labels(database: Database) -> tuple[str | None, str | None]:
    undo, redo = due(database)
    return (undo.label if undo else None, redo.label if redo else None)


def test_a_saved_drawing_comes_back_as_it_was(drawn: Database) -> None:
    assert save(drawn, 1, 2) == 2

    with drawn.read() as session:
        draft = DraftRepository(session).get(DESK)
        assert DraftRepository(session).get(SpecName("other")) is None

    assert draft is not None
    assert (draft.spec, draft.layout, draft.revision) == (spec(2), {"x": 2}, 2)
    assert (draft.updated_at, draft.updated_by, draft.name) == (NOW + 2 * MINUTE, "Ada", DESK)


def test_a_stale_save_is_refused_with_the_current_revision_and_changes_nothing(drawn: Database) -> None:
    save(drawn, 1, 2)

    with pytest.raises(StaleRow) as raised:
        save(drawn, 1, 3)

    assert (raised.value.expected, raised.value.current) == (1, 2)
    assert isinstance(raised.value, StaleRevision)
    with drawn.read() as session:
        draft = DraftRepository(session).get(DESK)
    assert draft is not None
    assert draft.spec == spec(2)


def test_of_many_who_save_the_same_revision_one_wins(drawn: Database) -> None:
    def attempt(number: int) -> bool:
        try:
            save(drawn, 1, number)
        except StaleRow:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(2, 10))) == [False] * 7 + [True]


def test_a_workflow_is_drawn_once_and_an_unknown_one_never(drawn: Database) -> None:
    with drawn.read() as session:
        draft = DraftRepository(session).get(DESK)
    assert draft is not None

    with pytest.raises(AlreadyExists), drawn.write() as session:
        DraftRepository(session).create(draft.spec_id, spec={}, layout={}, author="Ada", now=NOW)
    with pytest.raises(NotFound), drawn.write() as session:
        DraftRepository(session).save(
            SpecName("other"), 1, spec={}, layout={}, label="", change={}, author="", now=NOW
        )


def test_undo_and_redo_walk_the_history_and_the_revision_always_grows(drawn: Database) -> None:
    save(drawn, 1, 2, "add")
    save(drawn, 2, 3, "move")
    assert labels(drawn) == ("move", None)

    undo, _ = due(drawn)
    assert undo is not None
    assert undo.change == {"to": 3}
    assert travel(drawn, "save_undo", 3, undo.id, 2) == 4
    assert labels(drawn) == ("add", "move")

    undo, _ = due(drawn)
    assert undo is not None
    assert travel(drawn, "save_undo", 4, undo.id, 1) == 5
    assert labels(drawn) == (None, "add")

    _, redo = due(drawn)
    assert redo is not None
    assert travel(drawn, "save_redo", 5, redo.id, 2) == 6
    assert labels(drawn) == ("add", "move")


def test_a_change_after_undo_drops_what_could_be_redone(drawn: Database) -> None:
    save(drawn, 1, 2, "add")
    undo, _ = due(drawn)
    assert undo is not None
    travel(drawn, "save_undo", 2, undo.id, 1)

    save(drawn, 3, 4, "paste")

    assert labels(drawn) == ("paste", None)


def test_an_edit_is_undone_only_in_its_turn_and_only_once(drawn: Database) -> None:
    save(drawn, 1, 2, "add")
    older, _ = due(drawn)
    save(drawn, 2, 3, "move")
    newer, _ = due(drawn)
    assert older is not None
    assert newer is not None

    with pytest.raises(StaleRow):
        travel(drawn, "save_undo", 3, older.id, 1)
    with pytest.raises(StaleRow):
        travel(drawn, "save_redo", 3, newer.id, 3)
    with pytest.raises(StaleRow):
        travel(drawn, "save_undo", 2, newer.id, 2)
    assert travel(drawn, "save_undo", 3, newer.id, 2) == 4
    with pytest.raises(StaleRow) as raised:
        travel(drawn, "save_undo", 4, newer.id, 2)

    assert raised.value.current == 4
    assert labels(drawn) == ("add", "move")


def test_history_is_bounded(drawn: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "HISTORY", 2)
    for revision, label in ((1, "one"), (2, "two"), (3, "three")):
        save(drawn, revision, revision + 1, label)

    undone: list[str] = []
    revision, (undo, _) = 4, due(drawn)
    while undo is not None:
        undone.append(undo.label)
        revision = travel(drawn, "save_undo", revision, undo.id, 0)
        undo, _ = due(drawn)

    assert undone == ["three", "two"]
