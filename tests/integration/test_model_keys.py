"""A chat model on a real worker: the run ends, and the model's key is in no row, file, log or Redis value of the installation."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
import redis
from sqlalchemy import make_url

from persistence.agent_steps import AgentStepRepository
from runtime.graph.sketch import sketch
from tasks.control.runs import start_run
from tasks.control.specs import create_workflow
from tests.conftest import NewDatabase
from tests.integration.installation import Installation
from tests.support.model_environment import KEY, model_environment
from tests.support.openai_server import ServerThread, Turn

VIEW = json.dumps(
    {"direction": "short", "strength": 0.4, "confidence": 0.7, "rationale": f"Because of {KEY}."}
)


@pytest.fixture
def server() -> Iterator[ServerThread]:
    """A server that lives while the test blocks."""
    with ServerThread(
        Turn(status=503, error="Your header was ", echo_key=True),
        Turn(tools=[(KEY, "{}"), ("momentum", '{"symbol": "JNJ"}')]),
        Turn(text=VIEW, echo_key=True),
        Turn(status=400, error="Your header was ", echo_key=True),
    ) as running:
        yield running


@pytest.fixture
def installation(server: ServerThread, new_database: NewDatabase, tmp_path: Path) -> Iterator[Installation]:
    """An installation on SQLite whose one worker has the key in its environment."""
    made = Installation.start(tmp_path, new_database("sqlite"))
    made.environment |= model_environment(server.state)
    try:
        made.start_worker()
        yield made
    finally:
        made.stop()


def test_a_key_is_nowhere_in_the_installation_after_runs_with_a_model(
    installation: Installation, server: ServerThread
) -> None:
    config = {"symbol": "JNJ", "provider": "model", "model": "openai:gpt-4o-mini"}
    drawing = sketch(
        {
            "prices": ("data.prices", {"symbols": ["JNJ", "KO"]}),
            "agent": ("agents.agent", config),
            "report": "output.report",
        },
        ["prices.prices -> agent.prices", "agent.insight -> report.notes"],
    )
    spec = {"name": "thinker", "adapter": "WorkflowStudioAdapter", "params": {"graph": drawing.dump()}}
    create_workflow(installation.control, installation.admin, spec)

    ended = [
        installation.ended(start_run(installation.control, installation.admin, "thinker", {}).run_id)
        for _ in range(2)
    ]

    assert [view.shown for view in ended] == ["completed", "error"], ended[0].record.summary.error
    assert [key == f"Bearer {KEY}" for key in server.state.keys] == [True] * 4
    agent = next(crumb for crumb in ended[0].record.crumbs if crumb["node"] == "agent")["extras"]["agents"][0]
    assert [step["kind"] for step in agent["steps"]] == ["llm", "llm", "tool", "tool", "llm", "output"]
    assert (agent["cost_usd"] > 0, agent["cost_known"]) == (True, False)
    with installation.control.database.read() as session:
        steps = [AgentStepRepository(session).of_run(view.record.summary.run_id) for view in ended]
    assert [[step.kind for step in of_run] for of_run in steps] == [
        ["llm", "llm", "tool", "tool", "llm", "output"],
        ["llm"],
    ]
    assert all(step.output or step.error for of_run in steps for step in of_run)
    places = {
        **files_below(installation.settings.home),
        **rows_of(installation),
        **values_of(installation),
    }
    assert b"gpt-4o-mini" in places["database"]
    assert any(name.startswith("redis ") for name in places)
    assert any(name.endswith("worker.log") for name in places)
    assert [name for name, content in places.items() if KEY.encode() in content] == []


def files_below(folder: Path) -> dict[str, bytes]:
    """Return every file of the installation: artifacts, logs, the database itself."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows_of(installation: Installation) -> dict[str, bytes]:
    """Return the whole database as SQL."""
    file = make_url(installation.settings.database_url).database
    assert file is not None
    with closing(sqlite3.connect(file)) as connection:
        dump = "\n".join(connection.iterdump())
    return {"database": dump.encode()}


def values_of(installation: Installation) -> dict[str, bytes]:
    """Return everything that Redis holds, as it was written: a dump would be compressed."""
    readers = {
        b"string": lambda client, key: client.get(key),
        b"hash": lambda client, key: client.hgetall(key),
        b"list": lambda client, key: client.lrange(key, 0, -1),
        b"set": lambda client, key: client.smembers(key),
        b"zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
        b"stream": lambda client, key: client.xrange(key),
    }
    with redis.Redis.from_url(installation.server.url) as client:
        keys = cast(list[bytes], client.keys("*"))
        return {f"redis {key!r}": repr(readers[client.type(key)](client, key)).encode() for key in keys}  # pyright: ignore[reportArgumentType]  the synchronous client answers at once
