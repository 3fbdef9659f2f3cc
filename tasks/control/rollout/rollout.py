"""Rolling capabilities out and back: where each setting stands, flips behind their checks, and the full revert."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from persistence.controls import ControlRepository, SettingChange
from runtime.errors import ChecksFailed, InvalidValue
from runtime.rollout.phases import EFFECTS, PHASES, CheckName, Effect, Phase, phase_of
from runtime.settings import (
    DEFAULTS,
    FLAGS,
    SettingName,
    SettingSource,
    SettingValue,
    environment_name,
)
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.desks import active_counts
from tasks.control.rollout.checks import CheckResult, run_checks
from tasks.control.settings import (
    InForce,
    checked_reason,
    checked_value,
    settings_in_force,
    unpinned,
    write_overrides,
)

PhaseState = Literal["done", "next", "later", "optional"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingView:
    """One setting as it stands."""

    name: SettingName
    value: SettingValue
    default: SettingValue
    source: SettingSource
    variable: str
    """The environment variable that pins it."""
    phase: int
    effect: Effect
    changed: SettingChange | None
    """The last change of its override."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseView:
    """One phase as it stands."""

    phase: Phase
    state: PhaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """Where the installation stands."""

    settings: tuple[SettingView, ...]
    phases: tuple[PhaseView, ...]
    current: int
    """The highest phase up to which every flag that is not optional is on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flipped:
    """What a flip has done."""

    rollout: Rollout
    checks: tuple[CheckResult, ...]
    overridden: bool
    """Whether a check failed and was overridden in writing."""
    pinned: tuple[SettingName, ...] = ()
    """What the environment holds on, so that only it can change it."""


def rollout(control: Control, actor: Actor) -> Rollout:
    """Return where every setting and phase stands."""
    require(actor, Permission.READ)
    return _standing(control, settings_in_force(control))


def preflight(control: Control, actor: Actor, names: Sequence[str]) -> list[CheckResult]:
    """Run what has to be true before these settings are switched on; changes nothing."""
    require(actor, Permission.SETTINGS)
    return _checks_for(control, [setting_name(name) for name in names]) if names else []


def preview(control: Control, actor: Actor, values: Mapping[str, SettingValue | None]) -> list[str]:
    """Return, in sentences, what a flip would change, and whom it would find at work."""
    require(actor, Permission.READ)
    named = _by_name(values)
    sentences = [_effect(name, value) for name, value in named.items()]
    touched = {"orchestration_studio_enabled", "orchestration_kill_propagation_enabled"} & named.keys()
    under_way = active_counts(control, actor)["workflows"] if touched else 0
    if under_way:
        runs = "1 workflow run is" if under_way == 1 else f"{under_way} workflow runs are"
        sentences.append(f"{runs} under way now; {'it goes' if under_way == 1 else 'they go'} on.")
    return sentences


def flip(
    control: Control,
    actor: Actor,
    values: Mapping[str, SettingValue | None],
    reason: str,
    *,
    override: str = "",
) -> Flipped:
    """Set settings together, or give them back to their defaults (None).

    Whatever is switched on or up is checked first: a failed check raises `ChecksFailed` and nothing is changed, unless an
    `override` says in writing why it may be done all the same. Switching off is never checked: rolling back always works.
    """
    require(actor, Permission.SETTINGS)
    why, named = checked_reason(reason), _by_name(values)
    if not named:
        raise InvalidValue("Name at least one setting.", field="values")
    checked: dict[SettingName, SettingValue | None] = {
        name: None if value is None else checked_value(name, value) for name, value in named.items()
    }
    for name in checked:
        unpinned(control, name)
    rising: list[SettingName] = [
        name for name, value in checked.items() if value is not None and value is not False
    ]
    results = _checks_for(control, rising) if rising else []
    failed = [check for check in results if not check.ok]
    if failed and not override.strip():
        raise ChecksFailed(tuple(f"{check.title}: {check.evidence}" for check in failed))
    detail = {"checks": [asdict(check) for check in results], "override": override.strip() or None}
    write_overrides(control, checked, actor, why, detail=detail)
    return Flipped(
        rollout=_standing(control, settings_in_force(control)),
        checks=tuple(results),
        overridden=bool(failed),
    )


def full_revert(control: Control, actor: Actor, reason: str) -> Flipped:
    """Give every setting back to its default in one act; what the environment pins stays, and is named."""
    require(actor, Permission.SETTINGS)
    why, pinned = checked_reason(reason), control.settings.pinned()
    free: dict[SettingName, SettingValue | None] = {name: None for name in DEFAULTS if name not in pinned}
    write_overrides(control, free, actor, why, detail={"full_revert": True})
    held: list[SettingName] = [name for name, value in pinned.items() if value != DEFAULTS[name]]
    return Flipped(
        rollout=_standing(control, settings_in_force(control)),
        checks=(),
        overridden=False,
        pinned=tuple(held),
    )


def history(
    control: Control, actor: Actor, name: str | None = None, *, limit: int = 50
) -> list[SettingChange]:
    """Return the changes of one setting, or of all, newest first."""
    require(actor, Permission.READ)
    wanted = None if name is None else setting_name(name)
    with control.database.read() as session:
        return ControlRepository(session).changes(wanted, limit=limit)


def setting_name(text: str) -> SettingName:
    """Return a setting's name as its type; raises `InvalidValue` that names the known ones."""
    for name in get_args(SettingName):
        if text in (name, environment_name(name)):
            return name
    raise InvalidValue(f"There is no setting {text!r}. Settings: {', '.join(DEFAULTS)}.", field="name")


def _by_name(values: Mapping[str, SettingValue | None]) -> dict[SettingName, SettingValue | None]:
    return {setting_name(name): value for name, value in values.items()}


def _checks_for(control: Control, names: Sequence[SettingName]) -> list[CheckResult]:
    phases = [phase_of(name) for name in names]
    wanted: list[CheckName] = [check for phase in phases for check in phase.checks]
    return run_checks(control, wanted, revision=max(phase.revision for phase in phases))


def _effect(name: SettingName, value: SettingValue | None) -> str:
    effect = EFFECTS[name]
    off = value is None or value is False
    return f"{effect.title}: {effect.off if off else effect.on}"


def _standing(control: Control, in_force: InForce) -> Rollout:
    last: dict[str, SettingChange] = {}
    with control.database.read() as session:
        for change in ControlRepository(session).changes(limit=500):
            last.setdefault(change.name, change)
    settings = tuple(
        SettingView(
            name=name,
            value=getattr(in_force.live, name),
            default=DEFAULTS[name],
            source=in_force.sources[name],
            variable=environment_name(name),
            phase=phase_of(name).number,
            effect=EFFECTS[name],
            changed=last.get(name),
        )
        for name in sorted(DEFAULTS, key=lambda name: phase_of(name).number)
    )
    return _placed(settings)


def _placed(settings: tuple[SettingView, ...]) -> Rollout:
    on = {view.name for view in settings if view.value is True}
    states: list[PhaseState] = []
    for phase in PHASES:
        flags = [name for name in phase.settings if name in FLAGS]
        if all(name in on for name in flags):
            states.append("done")
        elif "orchestration_crew_adapter_enabled" in flags:
            # The runbook leaves crews to taste: they hold nothing up.
            states.append("optional")
        else:
            states.append("later" if "next" in states else "next")
    waiting = next((index for index, state in enumerate(states) if state in ("next", "later")), len(PHASES))
    return Rollout(
        settings=settings,
        phases=tuple(
            PhaseView(phase=phase, state=state) for phase, state in zip(PHASES, states, strict=True)
        ),
        current=waiting - 1,
    )
