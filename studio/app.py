"""Composition root of the web process: the Reflex app, its pages, the API and what guards both.

One port serves everything. `studio.app:app` is an ASGI application factory (call it once per process):

    granian --interface asgi --factory --host 127.0.0.1 --port 8321 studio.app:app

With `REFLEX_ENV_MODE=prod`, `__REFLEX_MOUNT_FRONTEND_COMPILED_APP=true` and `__REFLEX_SKIP_COMPILE=true` in the
environment the factory compiles nothing, and mounts the front end that `reflex export --frontend-only
--no-zip` (or `studio.launch.frontend`) has built under `.web/build/client`. Path by path: the REST API of
`studio.api`, then Reflex's socket, then the pages. The build holds no address, so one build serves any host and port.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import reflex as rx
from starlette.types import ASGIApp

from studio import routes
from studio.access import SignInGate
from studio.api.app import create_api
from studio.api.door import Door
from studio.components.broken import error_boundary
from studio.failure import note, tell
from studio.pages.account import page as account
from studio.pages.accounts import page as accounts
from studio.pages.audit import page as audit
from studio.pages.control import page as control
from studio.pages.desk_run import page as desk_run
from studio.pages.editor import page as editor
from studio.pages.gallery import page as gallery
from studio.pages.login import page as login
from studio.pages.missing import page as missing
from studio.pages.run import page as run
from studio.pages.runs import page as runs
from studio.pages.schedules import page as schedules
from studio.pages.settings import page as settings
from studio.theme import SAME_HOST_SOCKET
from studio.wiring import lifespan, services


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: where it is, what the tab is called, what draws it, what fills it."""

    route: str
    title: str
    draw: Callable[[], rx.Component]
    on_load: Sequence[rx.event.IndividualEventType[()]]


PAGES: tuple[Page, ...] = (
    Page(route=routes.LOGIN, title="Sign in", draw=login.page, on_load=login.ON_LOAD),
    Page(route=routes.GALLERY, title="Workflows", draw=gallery.page, on_load=gallery.ON_LOAD),
    Page(route=routes.EDITOR, title="Editor", draw=editor.page, on_load=editor.ON_LOAD),
    Page(route=routes.RUNS, title="Runs", draw=runs.page, on_load=runs.ON_LOAD),
    Page(route=routes.RUN, title="Run", draw=run.page, on_load=run.ON_LOAD),
    Page(route=routes.SCHEDULES, title="Schedules", draw=schedules.page, on_load=schedules.ON_LOAD),
    Page(route=routes.AUDIT, title="Audit", draw=audit.page, on_load=audit.ON_LOAD),
    Page(route=routes.SETTINGS, title="Settings", draw=settings.page, on_load=settings.ON_LOAD),
    Page(route=routes.ACCOUNTS, title="Accounts", draw=accounts.page, on_load=accounts.ON_LOAD),
    Page(route=routes.ACCOUNT, title="Your account", draw=account.page, on_load=account.ON_LOAD),
    Page(route=routes.CONTROL, title="Control", draw=control.page, on_load=control.ON_LOAD),
    Page(route=routes.DESK_RUN, title="Desk run", draw=desk_run.page, on_load=desk_run.ON_LOAD),
    Page(route=routes.MISSING, title="No such page", draw=missing.page, on_load=missing.ON_LOAD),
)


API = create_api()


@asynccontextmanager
async def _mcp() -> AsyncGenerator[None]:
    """Serve MCP for as long as the server runs; Reflex does not run the lifespan of the API it is given."""
    async with API.state.mcp.serving():
        yield


def _behind_the_door(ui: ASGIApp) -> ASGIApp:
    return Door(api=API, ui=ui, is_live=lambda session: services().accounts.actor(session) is not None)


def _create_app() -> rx.App:
    studio = rx.App(
        api_transformer=_behind_the_door,
        backend_exception_handler=tell,
        frontend_exception_handler=note,
        # Reflex would add a toast that names the address of the build; the top bar tells of a lost connection instead.
        app_wraps={(55, "ErrorBoundary"): lambda _stateful: error_boundary()},
        toaster=rx.toast.provider(
            rich_colors=False, position="bottom-right", close_button=True, duration=8000
        ),
        html_lang="en",
        head_components=[
            rx.el.script(SAME_HOST_SOCKET),
            rx.el.link(rel="icon", href="/logo.svg", type="image/svg+xml"),
        ],
    )
    studio.add_middleware(SignInGate())
    studio.register_lifespan_task(lifespan)
    studio.register_lifespan_task(_mcp)
    for page in PAGES:
        studio.add_page(
            page.draw,
            route=page.route,
            title=f"{page.title} · AlphaSwarm",
            on_load=list(page.on_load) or None,
        )
    return studio


app = _create_app()
