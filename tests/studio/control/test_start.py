"""Starting something on a desk from its form, on a real database and with the real desks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from persistence.desk_runs import DeskRunRepository
from runtime.ids import RunId
from runtime.settings import Settings
from studio.start_run.state import StartState
from studio.wiring import serving
from tasks.control.context import build_control
from tasks.desks.registry import desks
from tests.studio.conftest import Office
from tests.studio.tabs import open_tab, state_of


@pytest.fixture
async def form(office: Office, clean_redis_url: str, tmp_path: Path) -> AsyncIterator[StartState]:
    """The dialog of a new tab."""
    settings = Settings(home=tmp_path, redis_url=clean_redis_url)
    control = build_control(settings, database=office.container.database, clock=office.clock)
    async with serving(replace(office.container, settings=settings, control=control)):
        yield state_of(open_tab(office, "/control"), StartState)


def value(form: StartState, name: str) -> str:
    return next(field.value for field in form.fields if field.name == name)


def error(form: StartState, name: str) -> str:
    return next(field.error for field in form.fields if field.name == name)


@pytest.mark.parametrize("desk", ["agents", "paper", "rl", "quant-agents"])
async def test_the_example_of_a_desk_starts_as_it_is(form: StartState, desk: str, office: Office) -> None:
    form.ask(desk)
    started = await form.start()

    assert (form.problem, form.open) == ("", False)
    address = str(started.args) if started else ""
    with office.container.database.read() as session:
        (run,) = DeskRunRepository(session).list()
    assert run.desk == desk
    assert f"/control/{desk}/{RunId(run.run_id)}" in address


async def test_every_desk_has_a_form_without_the_fields_that_it_fills_in(form: StartState) -> None:
    for name, desk in desks().items():
        form.ask(name)

        shown = {field.name for field in form.fields}
        assert shown == desk.Config.model_fields.keys() - desk.filled_in
        assert form.title == desk.title


async def test_what_stands_in_a_field_is_taken_over_and_an_empty_one_is_the_default(
    form: StartState, office: Office
) -> None:
    form.ask("paper")
    form.write("universe", "AAPL, XOM")
    form.write("seconds_per_bar", "0.5")
    form.write("cash", "5,000")
    form.write("cash", "")
    form.switch("dry_run", True)
    form.write("no_such_field", "x")
    await form.start()

    with office.container.database.read() as session:
        repository = DeskRunRepository(session)
        record = repository.get(repository.list()[0].run_id)
    assert record is not None
    chosen = {name: record.config[name] for name in ("universe", "seconds_per_bar", "cash", "dry_run")}
    assert chosen == {"universe": ["AAPL", "XOM"], "seconds_per_bar": 0.5, "cash": 100_000.0, "dry_run": True}
    assert value(form, "universe") == "AAPL, XOM"


async def test_a_field_that_is_refused_says_so_in_its_place_and_anything_else_below(form: StartState) -> None:
    form.ask("paper")
    form.write("run_name", "two words")
    await form.start()
    in_place, below = error(form, "run_name"), form.problem
    form.write("run_name", "one")
    form.write("universe", "APPL")
    await form.start()

    assert in_place
    assert below == ""
    assert form.open
    assert "AAPL" in form.problem


async def test_what_is_said_below_a_field_of_a_config_is_its_help(form: StartState) -> None:
    form.ask("agents")

    assert next(field.help for field in form.fields if field.name == "symbols").startswith(
        "Shares whose prices"
    )
