"""`DeskRuntime`: one run of a desk, from the first halt check to its outcome. Never raises."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Literal

from persistence.desk_runs import DeskOutcome
from runtime.errors import GuardrailBreached, HaltRequested, StudioError
from runtime.fence import Fence
from runtime.halt import HaltToken
from runtime.ids import RunId
from runtime.settings import LiveSettingsSource
from runtime.supervision import clear_cancellation, live_grace, supervised
from runtime.transitions import TransitionPipeline

_log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[Mapping[str, Any]]]


class DeskRuntime:
    """Runs a desk's work under the gate, and turns whatever happens into an outcome."""

    def __init__(
        self,
        run_id: RunId,
        *,
        pipeline: TransitionPipeline,
        token: HaltToken,
        fence: Fence,
        settings: LiveSettingsSource,
        breach: Literal["error", "rejected"],
        kept: Callable[[], Mapping[str, Any] | None],
    ) -> None:
        self._run_id = run_id
        self._pipeline = pipeline
        self._token = token
        self._fence = fence
        self._settings = settings
        self._breach: Literal["error", "rejected"] = breach
        self._kept = kept
        self._abandoned: str | None = None
        self.remains: asyncio.Task[DeskOutcome] | None = None
        """What still runs of a run that was given up, because its work did not stop within the grace."""

    @property
    def last_effect_at(self) -> datetime | None:
        """When the run last did something to the world."""
        return self._pipeline.trace.last_effect_at

    def halt(self, reason: str) -> None:
        """Make the run end as halted; its task is cancelled right after."""
        self._token.engage(reason)

    def abandon(self, reason: str) -> None:
        """Make a cancelled run end as an error with this reason."""
        self._abandoned = reason
        self._fence.close(reason)

    async def run(self, work: Work) -> DeskOutcome:
        """Do the work; what it kept is the result of a run that did not get to its end.

        Cancelled work that has not stopped when the halt-check timeout has passed is given up: see `remains`.
        """
        task = await supervised(self._settled(work), grace=partial(live_grace, self._settings))
        if task.done():
            return task.result()
        outcome = self._stopped()
        self._fence.give_up(outcome.error or "stopped")
        self.remains = task
        _log.error("a desk's work does not stop; its run is given up", extra={"run_id": self._run_id})
        return outcome

    async def _settled(self, work: Work) -> DeskOutcome:
        try:
            return await self._guarded(work)
        except HaltRequested as halt:
            return self._outcome("halted", self._kept(), halt.reason)
        except asyncio.CancelledError:
            clear_cancellation()
            return self._stopped()

    def _stopped(self) -> DeskOutcome:
        if self._token.reason is not None:
            return self._outcome("halted", self._kept(), self._token.reason)
        reason = self._abandoned or "The run's task was cancelled from outside."
        return self._outcome("error", self._kept(), reason)

    async def _guarded(self, work: Work) -> DeskOutcome:
        try:
            await self._pipeline.admit()
            result = await work()
            # A halt that came while the work was finishing is a halt.
            await self._pipeline.admit()
        except GuardrailBreached as breach:
            return self._outcome(self._breach, self._kept(), breach.message)
        except StudioError as error:
            return self._outcome("error", self._kept(), error.message)
        except Exception as error:  # noqa: BLE001  a desk's work is foreign code: anything may come out of it
            _log.exception("a desk's run failed", extra={"run_id": self._run_id})
            return self._outcome("error", self._kept(), f"{type(error).__name__}: {error}")
        return self._outcome("completed", result, None)

    def _outcome(
        self,
        status: Literal["completed", "halted", "error", "rejected"],
        result: Mapping[str, Any] | None,
        error: str | None,
    ) -> DeskOutcome:
        totals = self._pipeline.trace.totals
        return DeskOutcome(
            status=status, result=result, error=error, cost_usd=totals.cost_usd, n_calls=totals.n_calls
        )
