"""`/chat/stream/{task_id}`: who may listen, what comes, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from runtime.settings import Settings
from studio.api.app import create_api
from studio.api.auth import COOKIE
from studio.api.door import Door
from studio.services.accounts import hash_token
from studio.wiring import Container
from tasks.control.context import build_control
from tasks.control.desk_halts import halt_desk_run
from tasks.control.desks import start_desk_run
from tasks.control.halts import halt_run
from tasks.control.runs import start_run
from tasks.control.settings import open_local_rollout, set_setting
from tasks.control.specs import create_workflow
from tests.integration.installation import waiting_workflow
from tests.studio.api.conftest import HOST
from tests.studio.conftest import Office

SOCKET = "ws://studio.test/chat/stream/"
OWN = {"Origin": HOST}


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A client at the door of a served installation, without a cookie until it signs in."""

    http: TestClient
    container: Container
    office: Office

    def sign_in(self) -> None:
        """Have the admin's cookie from now on."""
        self.http.cookies.set(COOKIE, self.office.token, domain="studio.test")

    def run(self) -> tuple[str, str]:
        """Start a workflow and return its run and its task."""
        control, admin = self.container.control, self.office.admin
        create_workflow(control, admin, waiting_workflow("daily", seconds=60.0))
        started = start_run(control, admin, "daily", {})
        return started.run_id, started.task_id

    def open(self, task_id: str, headers: dict[str, str] | None = None) -> WebSocketTestSession:
        """Open the socket of a task."""
        return self.http.websocket_connect(SOCKET + task_id, headers=headers or {})


@pytest.fixture
def listener(office: Office, clean_redis_url: str, tmp_path: Path) -> Iterator[Listener]:
    settings = Settings(home=tmp_path, redis_url=clean_redis_url)
    control = build_control(settings, database=office.container.database, clock=office.clock)
    open_local_rollout(control)
    container = replace(office.container, settings=settings, control=control)
    door = Door(api=create_api(container), ui=Starlette(), is_live=lambda _session: False)
    with TestClient(door, base_url=HOST) as http:
        yield Listener(http=http, container=container, office=office)
    control.redis.close()
    control.celery.close()


def everything(socket: WebSocketTestSession) -> tuple[list[dict[str, Any]], int, str]:
    """Return all frames until the server closes, and how it closed."""
    frames: list[dict[str, Any]] = []
    while True:
        try:
            frames.append(socket.receive_json())
        except WebSocketDisconnect as end:
            return frames, end.code, end.reason or ""


def test_who_comes_late_gets_the_whole_story_and_the_socket_closes_after_its_end(listener: Listener) -> None:
    listener.sign_in()
    run_id, task_id = listener.run()
    halt_run(listener.container.control, listener.office.admin, run_id, "Drill")

    with listener.open(task_id, OWN) as socket:
        frames, code, _ = everything(socket)

    assert code == 1000
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert (frames[-1]["stage"], frames[-1]["task_id"]) == ("done", task_id)
    assert frames[-1]["result"]["stage"] == "kill_switch"


def test_frames_come_while_they_happen(listener: Listener) -> None:
    listener.sign_in()
    run_id, task_id = listener.run()

    with listener.open(task_id, OWN) as socket:
        halt_run(listener.container.control, listener.office.admin, run_id, "Drill")
        frames, code, _ = everything(socket)

    assert (code, frames[-1]["result"]["reason"]) == (1000, "Drill")


def test_a_client_that_comes_back_goes_on_behind_what_it_has(listener: Listener) -> None:
    listener.sign_in()
    run_id, task_id = listener.run()
    halt_run(listener.container.control, listener.office.admin, run_id, "Drill")
    with listener.open(task_id, OWN) as socket:
        frames, _, _ = everything(socket)

    with listener.open(f"{task_id}?after={len(frames) - 1}", OWN) as socket:
        last, code, _ = everything(socket)
    with listener.open(f"{task_id}?after={len(frames)}", OWN) as socket:
        nothing, ended, _ = everything(socket)

    assert (last, code) == (frames[-1:], 1000)
    assert (nothing, ended) == ([], 1000)


def test_a_task_of_another_desk_is_followed_too_even_with_the_studio_off(listener: Listener) -> None:
    listener.sign_in()
    control, admin = listener.container.control, listener.office.admin
    config = {"run_name": "live", "universe": ["AAPL"], "history_bars": 300}
    started = start_desk_run(control, admin, "paper", config)
    set_setting(control, admin, "orchestration_studio_enabled", False, "rollback")
    halt_desk_run(control, admin, "paper", started.run_id, "Drill")

    with listener.open(started.task_id, OWN) as socket:
        frames, code, _ = everything(socket)

    assert (code, frames[-1]["stage"]) == (1000, "done")
    with listener.open("unknown", OWN) as socket:
        _, code, reason = everything(socket)
    assert (code, reason.partition(":")[0]) == (4503, "capability-off")


def test_a_program_may_say_who_it_is_in_its_header_or_in_its_first_message(listener: Listener) -> None:
    run_id, task_id = listener.run()
    halt_run(listener.container.control, listener.office.admin, run_id, "Drill")
    secret = listener.container.tokens.create(listener.office.admin, "Bot", ["read"], days=1).secret

    with listener.open(task_id, {"Authorization": f"Bearer {secret}"}) as socket:
        by_header = everything(socket)
    with listener.open(task_id) as socket:
        socket.send_json({"type": "auth", "token": secret})
        by_message = everything(socket)

    assert by_header == by_message
    assert by_header[1] == 1000


@pytest.mark.parametrize(
    "message",
    [
        '{"type": "auth", "token": "ast_made-up"}',
        '{"type": "auth"}',
        '{"type": "auth", "token": 7}',
        '{"type": "hello", "token": "x"}',
        "[]",
        "not json",
        "[" * 4000,
        "x" * 100_000,
        "",
    ],
)
def test_who_does_not_say_who_they_are_hears_nothing(listener: Listener, message: str) -> None:
    _, task_id = listener.run()

    with listener.open(task_id) as socket:
        socket.send_text(message)
        frames, code, reason = everything(socket)

    assert (frames, code, reason.partition(":")[0]) == ([], 4401, "sign-in-required")


def test_bytes_are_no_first_message(listener: Listener) -> None:
    with listener.open("any") as socket:
        socket.send_bytes(b"\xff\x00")
        assert everything(socket)[1] == 4401


def test_a_page_of_another_site_is_refused_before_it_is_let_in(listener: Listener) -> None:
    listener.sign_in()
    _, task_id = listener.run()

    with (
        pytest.raises(WebSocketDisconnect) as refused,
        listener.open(task_id, {"Origin": "https://evil.example"}),
    ):
        pytest.fail("the handshake was accepted")
    assert refused.value.code == 1008


def test_a_cookie_without_an_origin_counts_for_nothing(listener: Listener) -> None:
    listener.sign_in()
    _, task_id = listener.run()

    with listener.open(task_id) as socket:
        socket.send_text("{}")
        assert everything(socket)[1] == 4401


def test_an_unknown_task_is_told_in_the_reason(listener: Listener) -> None:
    listener.sign_in()

    with listener.open("größe" * 60, OWN) as socket:
        frames, code, reason = everything(socket)

    assert (frames, code, reason.partition(":")[0]) == ([], 4404, "not-found")
    assert len(reason.encode()) <= 123


def test_who_is_signed_out_meanwhile_hears_no_more(listener: Listener) -> None:
    listener.sign_in()
    _, task_id = listener.run()

    with listener.open(task_id, OWN) as socket:
        listener.container.accounts.sign_out(hash_token(listener.office.token))
        frames, code, reason = everything(socket)

    assert (code, reason.partition(":")[0]) == (4401, "sign-in-required")
    assert "done" not in [frame["stage"] for frame in frames]


def test_a_listener_that_leaves_is_let_go(listener: Listener) -> None:
    listener.sign_in()
    _, task_id = listener.run()

    with listener.open(task_id, OWN) as socket:
        socket.send_text("whatever")
        socket.close()
