"""The kill switch in words: what is not known is never called released."""

from __future__ import annotations

import pytest

from studio.kill_switch.views import SwitchView, counts_text, switch_view, unread_view
from tasks.control.switch import SwitchState, SwitchStatus
from tests.fakes import EPOCH


def test_an_engaged_switch_says_who_when_and_why() -> None:
    status = SwitchStatus(state="engaged", reason="Storm", by="ada", at=EPOCH, row=True, key=True)

    assert switch_view(status) == SwitchView(
        state="engaged", reason="Storm", who="ada", at="2024-01-02T15:00:00+00:00"
    )


@pytest.mark.parametrize(
    ("state", "row", "key", "who", "remark"),
    [
        ("engaged", False, True, "its key in Redis", ""),
        ("engaged", None, True, "its key in Redis", "The database does not answer"),
        ("engaged", True, None, "ada", "Redis does not answer"),
        ("unknown", None, False, "ada", "cannot be read"),
        ("released", False, None, "ada", ""),
    ],
)
def test_what_is_not_as_it_should_be_is_said(
    state: SwitchState, row: bool | None, key: bool | None, who: str, remark: str
) -> None:
    view = switch_view(SwitchStatus(state=state, by="ada", row=row, key=key))

    assert (view.state, view.who) == (state, who)
    assert remark in view.remark
    assert bool(remark) == bool(view.remark)


def test_a_server_that_cannot_look_anybody_up_knows_nothing() -> None:
    assert unread_view().state == "unknown"


def test_what_engaging_stops_is_counted_by_desk() -> None:
    assert counts_text({"agents": 0, "workflows": 0}) == "Nothing is under way."
    assert counts_text({"agents": 1}) == "1 run is under way: 1 on agents."
    assert counts_text({"agents": 1, "paper": 0, "workflows": 4}) == (
        "5 runs are under way: 1 on agents, 4 on workflows."
    )
