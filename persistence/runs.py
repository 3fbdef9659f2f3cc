"""The ledger of runs: `RunRepository`, and by its name everything that goes in and comes out."""

from persistence.run_halting import RunHalting
from persistence.run_lifecycle import RunLifecycle
from persistence.run_queries import RunQueries
from persistence.run_records import (
    Claim,
    DispatchRecord,
    HaltedRow,
    LostRun,
    NewRun,
    RunOutcome,
    RunPage,
    RunRecord,
    RunSummary,
    RunTotals,
)

__all__ = [
    "Claim",
    "DispatchRecord",
    "HaltedRow",
    "LostRun",
    "NewRun",
    "RunOutcome",
    "RunPage",
    "RunRecord",
    "RunRepository",
    "RunSummary",
    "RunTotals",
]


class RunRepository(RunLifecycle, RunHalting, RunQueries):
    """Reads and changes runs in the caller's unit of work."""
