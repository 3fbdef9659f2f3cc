"""Where a followed run is read from: the control functions, each in a thread. No Reflex state in here."""

from collections.abc import Mapping, Sequence
from typing import Any

import reflex as rx

from persistence.approvals import ApprovalRecord
from persistence.run_records import RunRecord
from runtime.errors import StudioError
from runtime.ids import HaltId, RunId
from runtime.values import ArtifactRef
from studio.charts.model import Passage, Preview
from studio.charts.preview import preview
from tasks.access import Actor
from tasks.control.artifacts import artifact
from tasks.control.context import Control
from tasks.control.follow import frames_after
from tasks.control.halts import HaltRecord, halt_status
from tasks.control.runs import get_run


class ControlReader:
    """Reads one run for one person."""

    def __init__(self, control: Control, actor: Actor, run_id: RunId) -> None:
        self._control = control
        self._actor = actor
        self._run_id = run_id
        self._halt_id: HaltId | None = None
        self._approvals: Sequence[ApprovalRecord] = ()

    async def frames(self, after: int) -> Sequence[Mapping[str, Any]]:
        """Return frames with a larger `seq`, in order."""
        return await rx.run_in_thread(lambda: frames_after(self._control, self._run_id, after))

    async def record(self) -> RunRecord:
        """Return the run's row; raises `NotFound`."""
        found = await rx.run_in_thread(lambda: get_run(self._control, self._actor, self._run_id))
        self._halt_id = found.halt.halt_id if found.halt else None
        self._approvals = found.approvals
        return found.record

    async def halt(self) -> HaltRecord | None:
        """Return the newest halt that hit the run, as far as `record` has seen it."""
        halt_id = self._halt_id
        if halt_id is None:
            return None
        return await rx.run_in_thread(lambda: halt_status(self._control, halt_id))

    async def approvals(self) -> Sequence[ApprovalRecord]:
        """Return what the run has asked people, as far as `record` has seen it."""
        return self._approvals


async def load_previews(control: Control, actor: Actor, refs: Sequence[ArtifactRef]) -> dict[str, Preview]:
    """Return what there is to show of each value, by digest; a value that cannot be had says why in its place."""
    return {ref.digest: await rx.run_in_thread(lambda ref=ref: _preview(control, actor, ref)) for ref in refs}


def _preview(control: Control, actor: Actor, ref: ArtifactRef) -> Preview:
    try:
        return preview(artifact(control, actor, ref))
    except StudioError as error:
        return Preview(line=ref.line, texts=[Passage(title="Not available", body=error.message)])
