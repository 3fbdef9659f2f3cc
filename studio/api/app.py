"""The REST API: routers in one table, problems in one shape, nothing without a signed-in caller.

Public are `/healthz` (the process answers), `/readyz` (its parts do) and the sign-in itself; every other route depends on `current_actor`
(a test walks the routes). It knows no Reflex; `studio.app` puts it beside the pages.
"""

from typing import Any, Literal

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from studio.api import (
    accounts,
    agents,
    approvals,
    audit,
    bots,
    deleted_workflows,
    description,
    desks,
    events,
    everything,
    failure,
    guards,
    halts,
    kill_switch,
    mcp,
    metrics,
    nodes,
    paper,
    quant_agents,
    rl,
    runs,
    schedules,
    session,
    settings,
    sign_on,
    task_stream,
    tokens,
    workflows,
)
from studio.api.auth import CurrentActor, Services
from studio.wiring import Container
from tasks.control.readiness import readiness

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    sign_on.router,
    settings.router,
    metrics.router,
    tokens.router,
    accounts.router,
    kill_switch.router,
    audit.router,
    approvals.router,
    runs.router,
    events.router,
    task_stream.router,
    halts.router,
    everything.router,
    desks.router,
    agents.router,
    quant_agents.router,
    paper.router,
    rl.router,
    bots.router,
    workflows.router,
    deleted_workflows.router,
    nodes.router,
    schedules.router,
    mcp.router,
)
"""In order: literal routes before those with parameters."""

PUBLIC = frozenset(
    {
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("POST", "/api/session"),
        ("POST", "/api/session/first-run"),
        ("GET", "/api/session/ways"),
        ("GET", "/api/session/oidc"),
        ("GET", "/api/session/oidc/callback"),
    }
)
"""What answers without a session."""


class Ready(BaseModel):
    """Every part is well."""

    status: Literal["ready"] = "ready"


def create_api(container: Container | None = None) -> FastAPI:
    """Build the API; without a container it uses the one of this process at the time of each request."""
    api = FastAPI(
        title="AlphaSwarm Studio",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        responses={"default": failure.PROBLEM},
    )
    api.state.container = container
    failure.install(api)
    api.add_middleware(guards.BodyLimit)
    api.add_middleware(guards.SameOrigin)
    api.add_api_route("/healthz", _healthz, methods=["GET"], tags=["process"])
    api.add_api_route("/readyz", _readyz, methods=["GET"], tags=["process"], response_model=Ready)

    def openapi(_actor: CurrentActor) -> dict[str, Any]:
        """Return the description of this API."""
        return api.openapi()

    api.add_api_route("/openapi.json", openapi, methods=["GET"], include_in_schema=False)
    for router in ROUTERS:
        api.include_router(router)
    description.describe(api)
    api.state.mcp = mcp.mount(api)
    return api


def _healthz() -> dict[str, str]:
    """Say that the process answers; says nothing about its parts."""
    return {"status": "ok"}


def _readyz(container: Services) -> Ready | JSONResponse:
    """Say whether database and Redis answer and the schema is at head; 503 names the part that is not well."""
    missing = readiness(container.control).missing
    if missing:
        return failure.problem(503, code="not-ready", detail=" ".join(missing), problems=list(missing))
    return Ready()
