"""The audit log over HTTP: pages of JSON, or all that fits as CSV."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict

from persistence.controls import AuditFilter
from studio.api.auth import CurrentActor, Services
from tasks.control import audit

router = APIRouter(prefix="/api", tags=["audit"])


class Entry(BaseModel):
    """Who did what, when, to what, and why."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    actor_id: str | None
    actor_name: str
    action: str
    target: str
    reason: str | None
    detail: dict[str, Any] | None


class Page(BaseModel):
    """A part of the log, newest first."""

    entries: Sequence[Entry]
    next_before: int | None
    """Ask for the next page with it as `before`; null: this was the last."""


def wanted(
    *,
    text: str = "",
    actor: str = "",
    action: str = "",
    target: str = "",
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> AuditFilter:
    """Return what a request looks for.

    `text` is looked for everywhere, `actor` is an id or a part of a name, `action` one action or a family (`halt`), `target` is
    exact; `from` counts, `to` does not any more.
    """
    return AuditFilter(
        text=text, actor=actor, action=action, target=target, since=since, until=until, before_id=before
    )


Wanted = Annotated[AuditFilter, Depends(wanted)]


@router.get("/audit")
def search(
    actor: CurrentActor,
    container: Services,
    which: Wanted,
    limit: Annotated[int, Query(ge=1, le=audit.LARGEST_PAGE)] = 100,
) -> Page:
    """Return the entries that fit, newest first."""
    page = audit.search_audit(container.control, actor, which, limit=limit)
    return Page(entries=[Entry.model_validate(entry) for entry in page.entries], next_before=page.next_before)


@router.get(
    "/audit.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "One line per entry, newest first."}},
)
def download(actor: CurrentActor, container: Services, which: Wanted) -> Response:
    """Return all entries that fit as CSV; cells that a spreadsheet would compute are made plain."""
    return StreamingResponse(
        audit.audit_csv(container.control, actor, which),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="audit.csv"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
