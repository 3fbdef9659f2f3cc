"""The order of locks.

Whoever changes a run locks its `workflow_runs` row first, then looks at the dispatch row: a statement that waited for
the lock would otherwise judge the other table by the state from before the wait. (SQLite: the transaction itself is
the lock.)
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from persistence.models import RunRow
from runtime.ids import RunId


def lock_run(session: Session, run_id: RunId) -> str | None:
    """Lock a run until the end of the transaction and return its status; None when it is unknown."""
    return session.scalar(select(RunRow.status).where(RunRow.id == run_id).with_for_update())
