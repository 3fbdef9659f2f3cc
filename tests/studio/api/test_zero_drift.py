"""Phase 0: with every flag at its default no route but the studio's own touches the three tables of the studio."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tasks.access import Role
from tests.studio.api.house import OPERATIONS, House, open_house, release_switch, sign_in

TABLES = re.compile(r"\b(workflow_specs|workflow_spec_versions|workflow_runs)\b")
STUDIO = ("/workflows", "/api/deleted-workflows", "/api/schedules")
"""What the studio's flag switches off."""
LOOKS_FOR_RUNS = {
    "POST /portfolio/kill_switch",
    "POST /api/halt-everything",
    "POST /agents/halt",
}
"""The kill switch stops runs that started before the studio was switched off, so it has to look."""


@pytest.fixture(scope="module")
def house(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """As a deployment starts."""
    with open_house(
        f"{redis_url.rsplit('/', 1)[0]}/9", tmp_path_factory.mktemp("drift"), flags=False
    ) as opened:
        yield opened


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect the statements that any engine executes."""
    said: list[str] = []

    def hear(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def is_of_the_studio(label: str) -> bool:
    return label.split(" ")[1].startswith(STUDIO)


@pytest.mark.parametrize(
    "label", sorted(each for each in OPERATIONS if not is_of_the_studio(each) and each not in LOOKS_FOR_RUNS)
)
def test_no_other_route_reads_or_writes_the_tables_of_the_studio(house: House, label: str) -> None:
    release_switch(house)
    sign_in(house, Role.ADMIN)

    with listening() as said:
        house.ask(Role.ADMIN, label)

    assert [statement for statement in said if TABLES.search(statement)] == []


@pytest.mark.parametrize("label", sorted(each for each in OPERATIONS if is_of_the_studio(each)))
def test_the_routes_of_the_studio_answer_503_and_say_how_to_enable_it(house: House, label: str) -> None:
    sign_in(house, Role.ADMIN)

    with listening() as said:
        answer = house.ask(Role.ADMIN, label)

    assert (answer.status_code, answer.json()["code"]) == (503, "capability-off")
    assert "ALPHASWARM_ORCHESTRATION_STUDIO_ENABLED" in answer.json()["detail"]
    assert [statement for statement in said if TABLES.search(statement)] == []


def test_what_is_heard_is_heard(house: House) -> None:
    sign_in(house, Role.ADMIN)

    with listening() as said:
        house.ask(Role.ADMIN, "GET /api/tokens")

    assert any("api_tokens" in statement for statement in said)
