"""What the settings page says about where the rollout stands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from persistence.controls import SettingChange
from studio.pages.settings.views import change_lines, in_words, parsed

AT = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("orchestration_fusion_enabled", True, "On"),
        ("orchestration_fusion_enabled", False, "Off"),
        ("orchestration_max_debate_rounds", 2, "2 rounds"),
        ("orchestration_halt_check_timeout_seconds", 0.5, "0.5 s"),
    ],
)
def test_a_value_is_said_in_words(name: str, value: float, words: str) -> None:
    assert in_words(name, value) == words


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("orchestration_fusion_enabled", "true", True),
        ("orchestration_fusion_enabled", "false", False),
        ("orchestration_max_debate_rounds", "6", 6),
        ("orchestration_max_debate_rounds", "6.5", "6.5"),
        ("orchestration_halt_check_timeout_seconds", "0.25", 0.25),
        ("orchestration_halt_check_timeout_seconds", "", ""),
    ],
)
def test_a_field_becomes_a_value_or_stays_text_to_be_refused(name: str, text: str, value: object) -> None:
    assert parsed(name, text) == value
    assert type(parsed(name, text)) is type(value)


def test_the_history_says_from_what_to_what() -> None:
    change = SettingChange(
        id=7,
        name="orchestration_max_debate_rounds",
        old=None,
        new=6,
        actor_id="u",
        actor_name="ada",
        reason="long debates",
        at=AT,
    )

    [line] = change_lines([change])

    assert (line.title, line.change, line.who, line.why) == (
        "Debate rounds",
        "default → 6 rounds",
        "ada",
        "long debates",
    )
