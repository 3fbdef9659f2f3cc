"""What the settings page shows, as plain data: pure projections of where the rollout stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from persistence.controls import SettingChange
from runtime.rollout.phases import EFFECTS, Phase
from runtime.settings import FLAGS, SettingName, SettingValue
from tasks.control.rollout.checks import CheckResult
from tasks.control.rollout.rollout import Rollout, SettingView

SOURCES = {"environment": "Pinned by environment", "override": "Set by admin", "default": "Default"}
_UNITS: dict[str, str] = {
    "orchestration_max_debate_rounds": "rounds",
    "orchestration_halt_check_timeout_seconds": "s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLine:
    """A phase on the rail."""

    number: int
    title: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingCard:
    """One setting of the phase that is open."""

    name: str
    title: str
    is_flag: bool
    is_on: bool
    value: str
    """As people read it: On, Off, 2 rounds."""
    wanted: str
    """What the form holds: true, false or a number."""
    unit: str
    default: str
    source: str
    source_word: str
    variable: str
    locked: bool
    activates: str
    needs: str
    changed_by: str
    changed_why: str
    changed_at: str
    """ISO; empty when it was never changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """What one check found."""

    name: str
    title: str
    ok: bool
    evidence: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One change in the history."""

    key: str
    title: str
    change: str
    who: str
    why: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseText:
    """The words of the phase that is open."""

    number: int = 0
    title: str = ""
    advice: str = ""
    rollback: str = ""
    state: str = "done"
    checks: int = 0
    """How many checks a flip runs first."""


def phase_lines(found: Rollout) -> list[PhaseLine]:
    """Return the rail."""
    return [
        PhaseLine(number=view.phase.number, title=view.phase.title, state=view.state) for view in found.phases
    ]


def phase_text(found: Rollout, number: int) -> PhaseText:
    """Return the words of a phase."""
    view = found.phases[number]
    phase: Phase = view.phase
    return PhaseText(
        number=phase.number,
        title=phase.title,
        advice=phase.advice,
        rollback=phase.rollback,
        state=view.state,
        checks=len(phase.checks),
    )


def setting_cards(found: Rollout, number: int) -> list[SettingCard]:
    """Return the settings of a phase."""
    return [_card(view) for view in found.settings if view.phase == number]


def check_lines(results: Sequence[CheckResult]) -> list[CheckLine]:
    """Return what the checks found."""
    return [
        CheckLine(
            name=check.name, title=check.title, ok=check.ok, evidence=check.evidence, command=check.command
        )
        for check in results
    ]


def change_lines(changes: Sequence[SettingChange]) -> list[ChangeLine]:
    """Return the history, newest first."""
    return [
        ChangeLine(
            key=str(change.id),
            title=_title(change.name),
            change=f"{_told(change.name, change.old)} → {_told(change.name, change.new)}",
            who=change.actor_name,
            why=change.reason or "",
            at=change.at.isoformat(),
        )
        for change in changes
    ]


def in_words(name: str, value: SettingValue) -> str:
    """Return a value as people read it."""
    if isinstance(value, bool):
        return "On" if value else "Off"
    return f"{value:g} {_UNITS[name]}"


def parsed(name: str, text: str) -> SettingValue | str:
    """Return what a field holds as a value; text that is no number stays text, for the check behind it to refuse."""
    if name in FLAGS:
        return text == "true"
    try:
        return int(text) if name == "orchestration_max_debate_rounds" else float(text)
    except ValueError:
        return text


def _card(view: SettingView) -> SettingCard:
    changed = view.changed
    return SettingCard(
        name=view.name,
        title=view.effect.title,
        is_flag=view.name in FLAGS,
        is_on=view.value is True,
        value=in_words(view.name, view.value),
        wanted=_wanted(view.value),
        unit=_UNITS.get(view.name, ""),
        default=in_words(view.name, view.default),
        source=view.source,
        source_word=SOURCES[view.source],
        variable=view.variable,
        locked=view.source == "environment",
        activates=view.effect.activates,
        needs=_needs(view.effect.needs),
        changed_by="" if changed is None else changed.actor_name,
        changed_why="" if changed is None else changed.reason or "",
        changed_at="" if changed is None else _iso(changed.at),
    )


def _wanted(value: SettingValue) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


def _needs(names: tuple[SettingName, ...]) -> str:
    return f"Does little without: {', '.join(EFFECTS[name].title for name in names)}." if names else ""


def _title(name: str) -> str:
    return next((effect.title for known, effect in EFFECTS.items() if known == name), name)


def _told(name: str, value: object) -> str:
    if value is None:
        return "default"
    return in_words(name, value) if isinstance(value, bool | int | float) and name in EFFECTS else str(value)


def _iso(at: datetime) -> str:
    return at.isoformat()
