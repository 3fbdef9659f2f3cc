"""Reading a run for the screen, from a real database and no Redis."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from persistence.artifacts import ArtifactRepository
from persistence.events import EventRepository
from persistence.halts import HaltedRun, HaltRepository, NewHalt
from persistence.runs import NewRun, RunRepository
from runtime.errors import NotFound
from runtime.ids import HaltId, RunId, SpecName, TaskId, UserId
from runtime.values import ArtifactRef, Value, describe, digest_of, encode
from studio.run_view.source import ControlReader, load_previews
from tasks.access import Actor, Role
from tests.studio.conftest import Office
from tests.studio.run_view.frames import START, ended, numbered, running, started

RUN = RunId("r1")
ANN = Actor(id=UserId("u1"), name="Ann", role=Role.VIEWER)


@pytest.fixture
def reader(office: Office) -> ControlReader:
    run = NewRun(
        run_id=RUN, task_id=TaskId("t1"), spec_name=SpecName("demo"), spec={}, spec_hash="0" * 64, created_by=None,
        created_by_name="Ann",
    )  # fmt: skip
    frames: list[Mapping[str, Any]] = numbered(started("a"), running("a", 5), ended(10, "halted"))
    with office.container.database.write() as session:
        RunRepository(session).insert_pending(run, START)
        EventRepository(session).append(RUN, [(each["seq"], START, each) for each in frames])
    return ControlReader(office.container.control, ANN, RUN)


async def test_frames_come_after_a_number_also_while_redis_is_away(reader: ControlReader) -> None:
    assert [each["seq"] for each in await reader.frames(0)] == [1, 2, 3]
    assert [each["stage"] for each in await reader.frames(2)] == ["done"]


async def test_the_halt_of_a_run_is_read_once_its_row_names_it(office: Office, reader: ControlReader) -> None:
    before = await reader.halt()
    with office.container.database.write() as session:
        halt = NewHalt(
            id=HaltId("h1"), scope="run", reason="drill", actor_id=None, actor_name="Ann", requested_at=START
        )
        HaltRepository(session).create(halt, [HaltedRun(run_id=RUN, prior_status="running")])
    await reader.record()
    after = await reader.halt()

    assert before is None
    assert after is not None
    assert (after.reason, after.proved) == ("drill", False)


async def test_an_unknown_run_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        await ControlReader(office.container.control, ANN, RunId("gone")).record()


async def test_values_are_previewed_and_one_that_is_gone_says_so(office: Office) -> None:
    value = Value(type="table", data=pd.DataFrame({"a": [1, 2]}))
    data, media = encode(value)
    digest = digest_of("table", data)
    here = ArtifactRef(digest=digest, type="table", size=len(data), line=describe(value))
    gone = ArtifactRef(digest=digest_of("text", b"x"), type="text", size=1, line="x")
    with office.container.database.write() as session:
        ArtifactRepository(session).put(digest, media=media, data=data, now=START)

    shown = await load_previews(office.container.control, ANN, [here, gone])

    assert shown[here.digest].tables[0].rows == [["1"], ["2"]]
    assert shown[gone.digest].texts[0].title == "Not available"
