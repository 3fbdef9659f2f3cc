"""Every event by which somebody changes something, acted out: what is prepared, then the events themselves.

A scene prepares as an administrator up to its `yield`; from there on it acts in the tab of whoever sits there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from persistence.models import KillSwitchRow
from persistence.schedules import SchedulePlan
from runtime.ids import RunId
from studio.everything.state import EverythingState
from studio.kill_switch.state import KillSwitchState
from studio.pages.account.state import AccountState
from studio.pages.accounts.state import AccountsState
from studio.pages.editor.ports import SEPARATOR
from studio.pages.editor.state import EditorState
from studio.pages.gallery.state import GalleryState
from studio.pages.schedules.form_state import ScheduleFormState
from studio.pages.schedules.state import SchedulesState
from studio.pages.settings.state import SettingsState
from studio.run_view.asking_state import AskingState
from studio.run_view.halt_state import HaltState
from studio.run_view.state import RunState
from studio.session_state import SessionState
from studio.start_run.state import StartState
from tasks.access import Permission, may
from tasks.control.deletions import delete_workflow
from tasks.control.runs import start_run
from tasks.control.schedules import pause_schedule, set_schedule
from tasks.control.specs import create_workflow
from tasks.control.switch import engage
from tests.integration.installation import waiting_workflow
from tests.studio.conftest import PASSWORD
from tests.studio.event_roles.seat import Seat
from tests.tasks.runs import waiting

P = Permission
Play = Callable[[Seat], AsyncIterator[None]]
NEW_PASSWORD = "another sentence of theirs"
HOURLY = SchedulePlan(
    cron="", interval_seconds=3600, timezone="UTC", misfire="once", most=10, inputs={}, enabled=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One event that changes something."""

    play: Play
    needs: tuple[Permission, ...]
    """Whoever has one of them may; nobody in particular when there is none."""
    path: str
    """Where the tab is."""


SCENES: dict[str, Scene] = {}
"""By `State.event`, with a word behind it where one event has several scenes."""


def scene(label: str, *needs: Permission, path: str = "/") -> Callable[[Play], Play]:
    """Register a scene."""

    def register(play: Play) -> Play:
        assert label not in SCENES
        SCENES[label] = Scene(play=play, needs=needs, path=path)
        return play

    return register


def draw(seat: Seat) -> str:
    """Make a workflow of three nodes that waits."""
    create_workflow(seat.control, seat.office.admin, waiting_workflow(seat.name, seconds=60.0))
    return seat.name


def run(seat: Seat) -> RunId:
    """Start it, as the one who sits there where that is allowed."""
    name = draw(seat)
    starter = seat.actor if may(seat.actor, P.RUN) else seat.office.admin
    return start_run(seat.control, starter, name, {}).run_id


# Gallery.


@scene("GalleryState.open_template", P.DRAW)
async def open_template(seat: Seat) -> AsyncIterator[None]:
    yield
    await seat.send(GalleryState, "open_template", "utility.halt_practice")


@scene("GalleryState.create", P.DRAW)
async def create(seat: Seat) -> AsyncIterator[None]:
    await seat.send(GalleryState, "look")
    yield
    await seat.send(GalleryState, "start_empty")
    await seat.send(GalleryState, "write_name", seat.name)
    await seat.send(GalleryState, "create")


@scene("GalleryState.delete", P.DRAW)
async def delete(seat: Seat) -> AsyncIterator[None]:
    draw(seat)
    yield
    await seat.send(GalleryState, "delete", seat.name)


def _binned(event: str) -> None:
    async def play(seat: Seat) -> AsyncIterator[None]:
        delete_workflow(seat.control, seat.office.admin, draw(seat))
        yield
        await seat.send(GalleryState, event, seat.name)

    scene(f"GalleryState.{event}", P.DRAW)(play)


for _event in ("restore", "purge"):
    _binned(_event)


# Editor.

_AT = {"x": 900.0, "y": 300.0}
_EDITS: dict[str, list[tuple[Any, ...]]] = {
    # The last event of each list is the one that the scene is about.
    "nodes_moved": [("nodes_moved", [{"id": "wait", "x": 500.0, "y": 80.0}])],
    "wire_drawn": [
        (
            "wire_drawn",
            {"source": "prices", "sourceHandle": "prices", "target": "report", "targetHandle": "notes"},
        )
    ],
    "removed": [("removed", ["report"], [])],
    "remove_selected": [("selected", ["report"], []), ("remove_selected",)],
    "kind_added": [("kind_added", "data.prices", _AT)],
    "kind_dropped": [("kind_dropped", "data.prices", _AT)],
    "palette_entered": [("palette_filtered", "momentum"), ("palette_entered", _AT)],
    "tidy": [("nodes_moved", [{"id": "wait", "x": 500.0, "y": 980.0}]), ("tidy",)],
    "duplicate": [("duplicate", ["wait"])],
    "field_typed": [("selected", ["wait"], []), ("field_typed", "wait", "seconds", "7")],
    "field_left": [("selected", ["wait"], []), ("field_left", "wait", "seconds", "8")],
    "field_chosen": [("selected", ["wait"], []), ("field_chosen", "wait", "mode", "blocking")],
    "field_switched": [("selected", ["wait"], []), ("field_switched", "wait", "marker", False)],
    "field_reset": [("selected", ["wait"], []), ("field_reset", "wait", "seconds")],
    "tags_added": [("selected", ["prices"], []), ("tags_added", "prices", "symbols", "MSFT")],
    "tag_removed": [("selected", ["prices"], []), ("tag_removed", "prices", "symbols", "AAPL")],
    "renamed": [("selected", ["wait"], []), ("renamed", "wait", "A long time")],
    "wire_chosen": [
        ("selected", ["report"], []),
        ("wire_chosen", "report", "notes", f"prices{SEPARATOR}prices"),
    ],
    "picked": [("any_asked", _AT), ("picked", "data.prices")],
    "picker_entered": [("any_asked", _AT), ("picker_filtered", "momentum"), ("picker_entered",)],
    "undo": [("kind_added", "data.prices", _AT), ("undo",)],
    "redo": [("kind_added", "data.prices", _AT), ("undo",), ("redo",)],
}


def _edit(event: str, steps: list[tuple[Any, ...]]) -> None:
    async def play(seat: Seat) -> AsyncIterator[None]:
        draw(seat)
        await seat.send(EditorState, "open")
        yield
        for name, *args in steps:
            await seat.send(EditorState, name, *args)

    scene(f"EditorState.{event}", P.DRAW, path="/studio/test.flow-{number}")(play)


for _event, _steps in _EDITS.items():
    _edit(_event, _steps)


@scene("EditorState.run", P.RUN, path="/studio/test.flow-{number}")
async def editor_run(seat: Seat) -> AsyncIterator[None]:
    draw(seat)
    await seat.send(EditorState, "open")
    yield
    await seat.send(EditorState, "run")


# Runs.


@scene("RunState.run_again", P.RUN)
async def run_again(seat: Seat) -> AsyncIterator[None]:
    seat.state(RunState).run_id = run(seat)
    yield
    await seat.send(RunState, "run_again")


@scene("StartState.start", P.RUN, path="/control")
async def start(seat: Seat) -> AsyncIterator[None]:
    yield
    await seat.send(StartState, "ask", "paper")
    await seat.send(StartState, "start")


@scene("AskingState.answer", P.APPROVE)
async def answer(seat: Seat) -> AsyncIterator[None]:
    run_id = waiting(seat.control.database, seat.control.clock.now())
    seat.state(RunState).run_id = run_id
    yield
    await seat.send(AskingState, "write_comment", "ask", "Looks right")
    await seat.send(AskingState, "answer", "ask", True)


# Halts.


@scene("HaltState.confirm: one's own run", P.HALT)
async def halt_run(seat: Seat) -> AsyncIterator[None]:
    run_id = run(seat)
    yield
    await seat.send(HaltState, "ask_run", run_id)
    await seat.send(HaltState, "write_reason", "Drill")
    await seat.send(HaltState, "confirm")


@scene("HaltState.confirm: somebody else's run", P.HALT_ALL)
async def halt_anybodys(seat: Seat) -> AsyncIterator[None]:
    run_id = start_run(seat.control, seat.office.admin, draw(seat), {}).run_id
    yield
    await seat.send(HaltState, "ask_run", run_id)
    await seat.send(HaltState, "write_reason", "Drill")
    await seat.send(HaltState, "confirm")


@scene("HaltState.confirm: all workflows", P.HALT_ALL)
async def halt_workflows(seat: Seat) -> AsyncIterator[None]:
    run(seat)
    yield
    await seat.send(HaltState, "ask_workflows")
    await seat.send(HaltState, "write_reason", "Drill")
    await seat.send(HaltState, "write_typed", "HALT")
    await seat.send(HaltState, "confirm")


@scene("HaltState.confirm: a desk", P.HALT_ALL)
async def halt_desk(seat: Seat) -> AsyncIterator[None]:
    yield
    await seat.send(HaltState, "ask_desk", "paper")
    await seat.send(HaltState, "write_reason", "Drill")
    await seat.send(HaltState, "write_typed", "HALT")
    await seat.send(HaltState, "confirm")


@scene("EverythingState.confirm", P.HALT_ALL)
async def halt_everything(seat: Seat) -> AsyncIterator[None]:
    yield
    await seat.send(EverythingState, "ask")
    await seat.send(EverythingState, "write_reason", "Drill")
    await seat.send(EverythingState, "write_typed", "HALT")
    await seat.send(EverythingState, "confirm")


# Kill switch.


def released(seat: Seat) -> None:
    """Release the switch past everything that would ask."""
    with seat.control.database.write() as session:
        session.execute(update(KillSwitchRow).values(engaged=False))
    seat.control.redis.delete(seat.control.settings.risk_kill_switch_key)


@scene("KillSwitchState.send_engage", P.ENGAGE)
async def send_engage(seat: Seat) -> AsyncIterator[None]:
    released(seat)
    await seat.send(KillSwitchState, "look")
    yield
    await seat.send(KillSwitchState, "ask_engage")
    await seat.send(KillSwitchState, "write_reason", "Storm")
    await seat.send(KillSwitchState, "write_typed", "HALT")
    await seat.send(KillSwitchState, "send_engage")


@scene("KillSwitchState.send_release", P.RELEASE)
async def send_release(seat: Seat) -> AsyncIterator[None]:
    released(seat)
    engage(seat.control, seat.office.admin, "Storm")
    await seat.send(KillSwitchState, "look")
    yield
    await seat.send(KillSwitchState, "ask_release")
    await seat.send(KillSwitchState, "write_reason", "Over")
    await seat.send(KillSwitchState, "send_release", {"password": PASSWORD})


# Schedules.


@scene("ScheduleFormState.save", P.RUN, path="/schedules")
async def save_schedule(seat: Seat) -> AsyncIterator[None]:
    draw(seat)
    yield
    await seat.send(ScheduleFormState, "ask_new")
    form = {"workflow": seat.name, "cron": "0 9 * * *", "timezone": "UTC", "most": "1", "inputs": "{}"}
    await seat.send(ScheduleFormState, "save", form)


def _scheduled(event: str, *needs: Permission) -> None:
    async def play(seat: Seat) -> AsyncIterator[None]:
        set_schedule(seat.control, seat.office.admin, draw(seat), HOURLY)
        if event == "resume":
            pause_schedule(seat.control, seat.office.admin, seat.name)
        yield
        await seat.send(SchedulesState, event, seat.name)

    scene(f"SchedulesState.{event}", *needs, path="/schedules")(play)


_scheduled("pause", P.RUN, P.HALT_ALL)
_scheduled("resume", P.RUN)
_scheduled("delete", P.RUN)


# Settings.


@scene("SettingsState.flip", P.SETTINGS, path="/settings")
async def flip(seat: Seat) -> AsyncIterator[None]:
    await seat.send(SettingsState, "open")
    yield
    await seat.send(SettingsState, "choose_phase", 4)
    await seat.send(SettingsState, "want", "orchestration_fusion_enabled", "false")
    await seat.send(SettingsState, "write_reason", "Drill")
    await seat.send(SettingsState, "flip")


@scene("SettingsState.revert", P.SETTINGS, path="/settings")
async def revert(seat: Seat) -> AsyncIterator[None]:
    await seat.send(SettingsState, "open")
    yield
    await seat.send(SettingsState, "write_revert_reason", "Drill")
    await seat.send(SettingsState, "revert")


# Accounts.


def _account(asking: str, **form: str) -> None:
    async def play(seat: Seat) -> AsyncIterator[None]:
        whom = seat.office.container.accounts.create_account(
            seat.office.admin, f"Grace {seat.number}", PASSWORD, seat.role
        )
        await seat.send(AccountsState, "open")
        yield
        await seat.send(AccountsState, "ask", asking, "" if asking == "create" else whom.id)
        # As a browser of ours never would: the list may be hidden from them, the account's id is no secret.
        seat.state(AccountsState).account_id = "" if asking == "create" else whom.id
        await seat.send(AccountsState, "choose_role", "operator")
        told = {"reason": "Drill", "your_password": PASSWORD, "name": f"Eve {seat.number}", **form}
        await seat.send(AccountsState, "send", told)

    scene(f"AccountsState.send: {asking}", P.ACCOUNTS, path="/accounts")(play)


_account("create", password=NEW_PASSWORD)
_account("role")
_account("password", password=NEW_PASSWORD)
_account("disable")


# One's own.


@scene("AccountState.change_password", path="/account")
async def change_password(seat: Seat) -> AsyncIterator[None]:
    yield
    # To the one they have: the office's admin signs in again for the next scene.
    await seat.send(AccountState, "change_password", {"your_password": PASSWORD, "password": PASSWORD})


@scene("AccountState.end_session", path="/account")
async def end_session(seat: Seat) -> AsyncIterator[None]:
    seat.office.container.accounts.sign_in(seat.actor.name, PASSWORD, address="10.0.0.7")
    await seat.send(AccountState, "open")
    other = next(line for line in seat.state(AccountState).sessions if not line.is_this)
    yield
    await seat.send(AccountState, "end_session", other.id)


@scene("AccountState.make_token", path="/account")
async def make_token(seat: Seat) -> AsyncIterator[None]:
    yield
    await seat.send(AccountState, "make_token", {"token_name": "Report", "token_days": "1"})


@scene("AccountState.revoke_token", path="/account")
async def revoke_token(seat: Seat) -> AsyncIterator[None]:
    await seat.send(AccountState, "make_token", {"token_name": "Report", "token_days": "1"})
    yield
    await seat.send(AccountState, "revoke_token", seat.state(AccountState).tokens[0].id)


@scene("SessionState.sign_out")
async def sign_out(seat: Seat) -> AsyncIterator[None]:
    yield
    await seat.send(SessionState, "sign_out")
