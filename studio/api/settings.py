"""The rollout over HTTP: where every setting stands, its pre-flip checks, flips, and the full revert. Works with the studio off."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from persistence.controls import SettingChange
from runtime.settings import SettingName, SettingSource, SettingValue
from studio.api.auth import CurrentActor, Services
from tasks.control.rollout import rollout
from tasks.control.rollout.checks import CheckResult
from tasks.control.rollout.rollout import PhaseState

router = APIRouter(prefix="/api/settings", tags=["settings"])

Value = bool | int | float | None


class Change(BaseModel):
    """One change of an override; null means: no override."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    old: Value
    new: Value
    actor_name: str
    reason: str | None
    at: datetime


class Setting(BaseModel):
    """One setting as it stands."""

    name: SettingName
    title: str
    value: SettingValue
    default: SettingValue
    source: SettingSource
    variable: str
    phase: int
    activates: str
    needs: list[SettingName]
    changed: Change | None


class Phase(BaseModel):
    """One phase of the rollout."""

    number: int
    title: str
    advice: str
    settings: list[SettingName]
    rollback: str
    state: PhaseState


class Standing(BaseModel):
    """Where the installation stands."""

    current: int
    phases: list[Phase]
    settings: list[Setting]


class Check(BaseModel):
    """What one pre-flip check found."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    title: str
    ok: bool
    evidence: str
    command: str


class FlipRequest(BaseModel):
    """What to set, together; null gives a setting back to its default."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"values": {"orchestration_fusion_enabled": True}, "reason": "phase 4, after staging"}
            ]
        },
    )

    values: dict[str, Value]
    reason: str
    override: str = Field(default="", description="Why it may be done although a check failed.")


class RevertRequest(BaseModel):
    """Why everything is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str


class FlipAnswer(BaseModel):
    """What a flip has done."""

    standing: Standing
    checks: list[Check]
    overridden: bool
    pinned: list[SettingName]
    """What the environment holds on; only it can change that."""


@router.get("")
def standing(actor: CurrentActor, container: Services) -> Standing:
    """Return where every setting and phase stands."""
    return _standing(rollout.rollout(container.control, actor))


@router.get("/checks")
def checks(
    actor: CurrentActor, container: Services, name: Annotated[list[str], Query(min_length=1, max_length=8)]
) -> list[Check]:
    """Run what has to be true before these settings are switched on; changes nothing."""
    return _checks(rollout.preflight(container.control, actor, name))


@router.get("/history")
def history(
    *,
    actor: CurrentActor,
    container: Services,
    name: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[Change]:
    """Return the changes of one setting, or of all, newest first."""
    return [_change(one) for one in rollout.history(container.control, actor, name, limit=limit)]


@router.post("/flip")
def flip(request: FlipRequest, actor: CurrentActor, container: Services) -> FlipAnswer:
    """Set settings together, behind their checks; 409 when a check fails and nobody says why it may be done all the same."""
    done = rollout.flip(container.control, actor, request.values, request.reason, override=request.override)
    return _answer(done)


@router.post("/revert")
def revert(request: RevertRequest, actor: CurrentActor, container: Services) -> FlipAnswer:
    """Give every setting back to its default in one act."""
    return _answer(rollout.full_revert(container.control, actor, request.reason))


def _answer(done: rollout.Flipped) -> FlipAnswer:
    return FlipAnswer(
        standing=_standing(done.rollout),
        checks=_checks(list(done.checks)),
        overridden=done.overridden,
        pinned=list(done.pinned),
    )


def _checks(results: list[CheckResult]) -> list[Check]:
    return [Check.model_validate(result) for result in results]


def _change(change: SettingChange) -> Change:
    return Change.model_validate(change)


def _standing(found: rollout.Rollout) -> Standing:
    return Standing(
        current=found.current,
        phases=[
            Phase(
                number=view.phase.number,
                title=view.phase.title,
                advice=view.phase.advice,
                settings=list(view.phase.settings),
                rollback=view.phase.rollback,
                state=view.state,
            )
            for view in found.phases
        ],
        settings=[
            Setting(
                name=view.name,
                title=view.effect.title,
                value=view.value,
                default=view.default,
                source=view.source,
                variable=view.variable,
                phase=view.phase,
                activates=view.effect.activates,
                needs=list(view.effect.needs),
                changed=None if view.changed is None else _change(view.changed),
            )
            for view in found.settings
        ],
    )
