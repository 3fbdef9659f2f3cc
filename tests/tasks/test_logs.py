"""What a process logs: lines for people, or JSON for programs, each with its run."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys

import pytest
from pydantic import ValidationError

from runtime.ids import RunId
from runtime.settings import LogFormat, Settings
from tasks.logs import about, handler_for


def record(text: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("tasks.worker", logging.INFO, __file__, 1, text, args, None)
    made.__dict__.update(extra)
    return made


def written(style: LogFormat, *records: logging.LogRecord) -> list[str]:
    stream = io.StringIO()
    handler = handler_for(style, stream)
    for one in records:
        handler.handle(one)
    return stream.getvalue().splitlines()


def test_a_line_for_people_ends_with_what_the_record_carries() -> None:
    (line,) = written("text", record("%s ended", "a run", run_id="r1", status="halted"))

    assert line.endswith("INFO/MainProcess] a run ended run_id=r1 status=halted")


def test_a_line_for_programs_is_one_object_also_with_a_traceback_and_line_breaks() -> None:
    failed = record("in\ntwo lines", run_id="r1")
    try:
        int("ätsch")
    except ValueError:
        failed.exc_info = sys.exc_info()

    (line,) = written("json", failed)

    told = json.loads(line)
    assert (told["message"], told["level"], told["logger"], told["run_id"]) == (
        "in\ntwo lines", "INFO", "tasks.worker", "r1",
    )  # fmt: skip
    assert "ätsch" in told["exc_info"]
    assert told["at"].endswith("+00:00")


async def test_whatever_is_logged_during_a_run_carries_it_and_nothing_else_does() -> None:
    lines: list[str] = []

    async def inner() -> None:
        lines.extend(written("text", record("a library speaks"), record("of another", run_id="r2")))

    async def run(run_id: RunId) -> None:
        about(run_id)
        await asyncio.create_task(inner())

    await asyncio.create_task(run(RunId("r1")))
    lines += written("text", record("afterwards"))

    assert [line.split("] ")[1] for line in lines] == [
        "a library speaks run_id=r1",
        "of another run_id=r2",
        "afterwards",
    ]


def test_a_format_that_there_is_not_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALPHASWARM_LOG_FORMAT", "xml")

    with pytest.raises(ValidationError, match="log_format"):
        Settings()
