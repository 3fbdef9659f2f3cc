"""Who gets in, over which wire, and what each role may do there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from studio.services.accounts import Accounts
from tasks.access import Actor, Role
from tasks.control.settings import set_setting
from tests.e2e.conftest import FirstVisit
from tests.e2e.drawings import copy_of
from tests.e2e.editor_page import EditorPage
from tests.e2e.running_studio import RunningStudio
from tests.e2e.sign_in import PASSWORD, sign_in
from tests.e2e.watch import Watch

GALLERY_OPEN = "reflex___state____state.studio___pages___gallery___state____gallery_state.open"
EDITOR_BUNDLE = "/assets/_studio_"
"""How the editor's own chunks begin; React Flow is in them."""
SEND_EVENT = """([address, event]) => new Promise(resolve => {
  const socket = new WebSocket(`${address}/_event/?EIO=4&transport=websocket&token=of-a-test`), heard = [];
  socket.onclose = () => resolve(heard);
  socket.onmessage = ({data}) => {
    heard.push(data);
    if (data.startsWith('0')) socket.send('40/_event,');
    if (data.startsWith('40')) socket.send('42/_event,' + JSON.stringify(['event',
      {name: event, payload: {}, router_data: {pathname: '/', asPath: '/', query: {}}}]));
    if (data.startsWith('42')) socket.close();
  };
})"""


def send_event(page: Page, studio: RunningStudio) -> str:
    """Send the gallery's first event over a socket opened by the page's own script; return everything heard."""
    address = studio.base_url.replace("http:", "ws:")
    heard: list[Any] = page.evaluate(SEND_EVENT, [address, GALLERY_OPEN])
    return "\n".join(str(each) for each in heard)


def test_an_event_of_a_stranger_is_answered_by_the_way_to_the_sign_in_page_and_nothing_else(
    studio: RunningStudio, first_visit: FirstVisit, stranger: Page
) -> None:
    stranger.goto("/login")

    heard = send_event(stranger, studio)

    assert '"path":"/login"' in heard
    assert "delta" not in heard


def test_the_same_event_of_somebody_signed_in_is_answered_with_state(
    studio: RunningStudio, page: Page
) -> None:
    page.goto("/")

    heard = send_event(page, studio)

    assert "delta" in heard
    assert '"path":"/login"' not in heard


def test_the_socket_does_not_open_for_a_page_of_another_origin(
    studio: RunningStudio, page: Page, watch: Watch
) -> None:
    # The browser logs the refusal of the socket that this test asks for.
    watch.expect("WebSocket connection to")
    page.goto("about:blank")

    assert send_event(page, studio) == ""


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_who_may_not_draw_sees_the_drawing_with_the_reason_and_cannot_change_it(
    studio: RunningStudio, admin: Actor, stranger: Page, role: Role
) -> None:
    name = copy_of(studio.control, admin, "research.momentum_vs_reversion", f"access.{role}")
    accounts = Accounts(studio.control.database, studio.control.clock, session_hours=1)
    accounts.create_account(admin, f"Grace the {role}", PASSWORD, role)
    stranger.goto(f"/login?next=/studio/{name}")
    sign_in(stranger, f"Grace the {role}", PASSWORD)

    editor = EditorPage(page=stranger)
    editor.expect_nodes(4)

    expect(stranger.get_by_test_id("saved-state")).to_contain_text("Read only")
    expect(stranger.get_by_test_id("palette-item-data.prices")).to_be_disabled()
    expect(stranger.get_by_test_id("run")).to_be_disabled()
    expect(stranger.get_by_test_id("halt-workflows")).to_have_count(1 if role is Role.OPERATOR else 0)
    before = editor.positions()
    editor.select("momentum")
    expect(editor.field("lookback_days")).not_to_be_editable()
    stranger.keyboard.press("Delete")
    editor.move_node("momentum", dx=60, dy=40)
    stranger.reload()
    editor.expect_nodes(4)
    assert editor.positions() == before


@pytest.fixture
def switched_off(studio: RunningStudio, admin: Actor) -> Iterator[None]:
    """The studio flag, off for the time of one test."""
    flag = "orchestration_studio_enabled"
    set_setting(studio.control, admin, flag, False, "a browser test")
    yield
    set_setting(studio.control, admin, flag, True, "the browser test is over")


@pytest.mark.usefixtures("switched_off")
def test_a_studio_that_is_switched_off_says_so_answers_503_and_its_bundle_is_not_fetched(
    studio: RunningStudio, page: Page
) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    for address in ("/runs", "/control", "/settings", "/"):
        page.goto(address)
        expect(page.get_by_test_id("account-menu")).to_be_visible()

    expect(page.get_by_test_id("studio-off")).to_contain_text("The workflow studio is off")
    page.wait_for_load_state("networkidle")
    assert [url for url in fetched if EDITOR_BUNDLE in url] == []
    # What was looked for is what an editor does fetch, so its absence means something.
    page.goto("/studio/any")
    page.wait_for_load_state("networkidle")
    assert any(EDITOR_BUNDLE in url for url in fetched)
    answer = page.request.get("/workflows")
    assert answer.status == 503
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ('{"name": "a/b", "adapter": "WorkflowStudioAdapter"}', 422),
        ('{"name": "größe", "adapter": "WorkflowStudioAdapter"}', 422),
        ('{"name": "runs", "adapter": "WorkflowStudioAdapter"}', 422),
        ('{"name": "bad.adapter", "adapter": "Nobody"}', 422),
        ('{"name": "bad.number", "adapter": "WorkflowStudioAdapter", "params": {"x": NaN}}', 422),
        (f'{{"name": "bad.size", "adapter": "{"x" * 10_000_000}"}}', 413),
    ],
    ids=["malformed", "slash", "unicode", "reserved", "adapter", "nan", "10 MB"],
)
def test_bad_input_is_answered_with_a_problem_that_says_what_is_wrong(
    studio: RunningStudio, page: Page, body: str, status: int
) -> None:
    answer = page.request.post(
        "/workflows",
        headers={"origin": studio.base_url, "content-type": "application/json"},
        data=body.encode(),
    )

    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"code", "title", "detail", "status"} <= problem.keys()
    assert "Traceback" not in answer.text()
