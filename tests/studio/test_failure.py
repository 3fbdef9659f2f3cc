from __future__ import annotations

import logging

import pytest

from runtime.errors import InvalidName, SignInRequired
from studio.failure import note, tell


def test_an_error_raised_on_purpose_is_told_in_its_own_words() -> None:
    told = str(tell(InvalidName("The name 'x/y' cannot be used. Use letters, digits and dots.")))

    assert "The name 'x/y' cannot be used." in told


def test_an_ended_session_goes_to_the_sign_in_page() -> None:
    event = tell(SignInRequired("Your session has ended."))

    assert event is not None
    assert "_redirect" in event.handler.fn.__qualname__
    assert "/login" in str(event.args)


def test_anything_else_is_logged_once_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        told = str(tell(RuntimeError("password hunter2")))

    assert "hunter2" not in told
    assert len(caplog.records) == 1
    assert caplog.records[0].exc_info


def test_a_browsers_failure_is_logged_but_not_its_noise(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        note(RuntimeError("ResizeObserver loop completed with undelivered notifications."))
        note(RuntimeError("x is not a function"))

    assert len(caplog.records) == 1
