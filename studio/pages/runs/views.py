"""A run in the list, ready to show. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from persistence.run_records import RunPage, RunSummary
from runtime.status import is_terminal
from studio import routes
from studio.run_view.view import duration_text


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One line of the list."""

    run_id: str
    short_id: str
    address: str
    workflow: str
    status: str
    started_at: str
    """ISO time."""
    duration: str
    cost: str
    who: str
    error: str


def run_lines(page: RunPage, *, halting: Collection[str]) -> list[RunLine]:
    """Return the lines of a page; a halted run whose proof is still to come is `halting`."""
    return [_line(run, is_halting=run.run_id in halting) for run in page.runs]


def span_text(*, skipped: int, shown: int, total: int) -> str:
    """Return which part of the list this is, in words."""
    if not total:
        return ""
    return f"{skipped + 1:,} to {skipped + shown:,} of {total:,}" if shown < total else f"{total:,} in all"


def _line(run: RunSummary, *, is_halting: bool) -> RunLine:
    return RunLine(
        run_id=run.run_id,
        short_id=run.run_id[:8],
        address=routes.run(run.run_id),
        workflow=run.spec_name,
        status="halting" if is_halting and run.status == "halted" else run.status,
        started_at=run.started_at.isoformat(),
        duration=duration_text(run.duration_ms) if is_terminal(run.status) else "",
        cost=f"${run.totals.cost_usd:,.2f}",
        who=run.created_by_name,
        error=run.error or "",
    )
