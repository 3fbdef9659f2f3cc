"""The kill switch over HTTP. Always there, whatever flags are off."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from runtime.ids import HaltId
from studio.api.auth import CurrentActor, Services, session_hash_of
from tasks.access import Permission, require
from tasks.control import switch
from tasks.control.switch import SwitchState

router = APIRouter(prefix="/portfolio/kill_switch", tags=["kill switch"])


class SwitchRequest(BaseModel):
    """What to do with the switch; nothing means: engage it."""

    model_config = ConfigDict(extra="forbid")

    reason: str = "manual"
    engage: bool = True
    """False: release it, which takes the caller's password once more."""
    password: Annotated[str, Field(max_length=4096)] = ""


class SwitchSource(BaseModel):
    """Who says so: the row and its mirror in Redis; null is one that cannot be read. Either one engaged is engaged."""

    row: bool | None
    key: bool | None


class SwitchStatus(BaseModel):
    """The switch now."""

    state: SwitchState
    engaged: bool | None
    """Null while the state is unknown, which is not "released": nothing starts then."""
    reason: str | None
    """Why it is engaged; while it is released, why it was released last."""
    by: str | None
    at: datetime | None
    source: SwitchSource


class SwitchChanged(SwitchStatus):
    """The switch after a request."""

    halt_id: HaltId | None
    """The record of what engaging has stopped."""
    halted_count: int


@router.get("")
def read_switch(actor: CurrentActor, container: Services) -> SwitchStatus:
    """Return whether the switch is engaged, by whom, since when and why."""
    require(actor, Permission.READ)
    return SwitchStatus.model_validate(_fields(switch.switch_status(container.control)))


@router.post("")
def set_switch(
    http: Request, actor: CurrentActor, container: Services, request: SwitchRequest | None = None
) -> SwitchChanged:
    """Engage the switch, or release it; the body may be left out."""
    asked = request or SwitchRequest()
    if asked.engage:
        engaged = switch.engage(container.control, actor, asked.reason)
        hit = len(engaged.halt.hit)
        return SwitchChanged.model_validate(
            {**_fields(engaged.status), "halt_id": engaged.halt.id, "halted_count": hit}
        )
    # Before the password: who may not release it must not learn whether they guessed it.
    require(actor, Permission.RELEASE)
    proof = container.accounts.reauthenticate(actor, asked.password, session=session_hash_of(http))
    status = switch.release(container.control, actor, asked.reason, proof)
    return SwitchChanged.model_validate({**_fields(status), "halt_id": None, "halted_count": 0})


def _fields(status: switch.SwitchStatus) -> dict[str, object]:
    return {
        "state": status.state,
        "engaged": None if status.state == "unknown" else status.state == "engaged",
        "reason": status.reason or None,
        "by": status.by or None,
        "at": status.at,
        "source": {"row": status.row, "key": status.key},
    }
