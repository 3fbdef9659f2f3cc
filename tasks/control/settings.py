"""The eight orchestration settings: what is in force, why, and how an admin changes it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from persistence.actors import Named
from persistence.controls import AuditEntry, ControlRepository
from runtime.errors import CapabilityOff, InvalidValue, NotFound
from runtime.settings import (
    DEFAULTS,
    FLAGS,
    SettingName,
    SettingValue,
    environment_name,
)
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.in_force import InForce, read_settings

LONGEST_REASON = 500
BOUNDS: dict[SettingName, tuple[float, float]] = {
    "orchestration_max_debate_rounds": (1, 100),
    "orchestration_halt_check_timeout_seconds": (0.05, 60),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemActor:
    """A part of the product that acts by itself."""

    name: str
    id: None = None


def settings_in_force(control: Control) -> InForce:
    """Return the eight settings and their sources."""
    return read_settings(control.settings, control.database)


def require_flag(control: Control, name: SettingName) -> None:
    """Raise `CapabilityOff`, naming the variable, unless the flag is on."""
    if not getattr(settings_in_force(control).live, name):
        words = name.removeprefix("orchestration_").removesuffix("_enabled").replace("_", " ")
        raise CapabilityOff(
            f"The {words} is off. Set {environment_name(name)}=true, or switch it on.", field=name
        )


def set_setting(
    control: Control, actor: Actor, name: SettingName, value: SettingValue | None, reason: str
) -> InForce:
    """Override a setting, or give it back to its default (None). Workers use it at their next transition."""
    require(actor, Permission.SETTINGS)
    if name not in DEFAULTS:
        raise NotFound("setting", name, known=DEFAULTS.keys())
    unpinned(control, name)
    write_overrides(
        control, {name: None if value is None else checked_value(name, value)}, actor, checked_reason(reason)
    )
    return settings_in_force(control)


def open_local_rollout(control: Control) -> list[SettingName]:
    """Switch the six flags on for a workspace where nobody has ever set one; return those it switched on."""
    with control.database.read() as session:
        touched = ControlRepository(session).changes(limit=1)
    if touched:
        return []
    names: list[SettingName] = [name for name in FLAGS if name not in control.settings.pinned()]
    switched: dict[SettingName, SettingValue | None] = dict.fromkeys(names, True)
    write_overrides(control, switched, SystemActor(name="make run"), "local workspace")
    return names


def checked_reason(reason: str) -> str:
    """Return the reason, trimmed; raises `InvalidValue` when it is empty or longer than 500 characters."""
    trimmed = reason.strip()
    if not trimmed:
        raise InvalidValue("Say why: a reason is needed.", field="reason")
    if len(trimmed) > LONGEST_REASON:
        raise InvalidValue(f"The reason is longer than {LONGEST_REASON} characters.", field="reason")
    return trimmed


def checked_value(name: SettingName, value: SettingValue) -> SettingValue:
    """Return the value when the setting may have it; raises `InvalidValue` otherwise."""
    if name in FLAGS:
        if isinstance(value, bool):
            return value
        raise InvalidValue(f"{name} is on or off.", field=name)
    low, high = BOUNDS[name]
    whole = isinstance(DEFAULTS[name], int)
    if not _is_number(value) or (whole and not isinstance(value, int)):
        raise InvalidValue(f"{name} is a {'whole ' if whole else ''}number.", field=name)
    if not low <= value <= high:
        raise InvalidValue(f"{name} is between {low:g} and {high:g}.", field=name)
    return value if whole else float(value)


def _is_number(value: object) -> bool:
    """Whether it is a finite number: what a form holds is text until somebody has looked."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def unpinned(control: Control, name: SettingName) -> None:
    """Raise `InvalidValue` when the environment pins a setting, so that nothing else can change it."""
    if name in control.settings.pinned():
        raise InvalidValue(
            f"{environment_name(name)} is set in the environment and wins. Unset it there first.", field=name
        )


def write_overrides(
    control: Control,
    values: Mapping[SettingName, SettingValue | None],
    actor: Named,
    reason: str,
    *,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Set overrides, or remove them (None), in one transaction, each with its history and an audit entry. Asks nobody's rights."""
    now = control.clock.now()
    with control.database.write() as session:
        controls = ControlRepository(session)
        for name, value in values.items():
            if controls.set_override(name, value, actor=actor, reason=reason, now=now):
                controls.append_audit(
                    AuditEntry(
                        at=now,
                        actor_id=actor.id,
                        actor_name=actor.name,
                        action="setting.change",
                        target=name,
                        reason=reason,
                        detail={"value": value, **(detail or {})},
                    )
                )
