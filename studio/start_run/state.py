"""The dialog that starts something on a desk: a form made of the desk's config, and where the run is afterwards."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from runtime.errors import InvalidValue, StudioError
from runtime.graph.issue import Issue
from studio import routes
from studio.pages.editor.fields import FieldView, field_views, parse_field
from studio.session_state import actor_of
from studio.wiring import services
from tasks.control.desks import start_desk_run
from tasks.desks.desk import Desk
from tasks.desks.registry import desk_named


class StartState(rx.State):
    """The open dialog, or none."""

    open: bool = False
    desk: str = ""
    title: str = ""
    summary: str = ""
    fields: list[FieldView] = []
    problem: str = ""
    sending: bool = False
    _config: dict[str, Any] = {}
    _turn: int = 0

    @rx.event
    def ask(self, desk: str) -> None:
        """Open the dialog with the desk's example."""
        kind = desk_named(desk)
        turn = self._turn + 1
        self.reset()
        self.open, self.desk, self.title, self.summary = True, kind.name, kind.title, kind.summary
        self._config, self._turn = dict(kind.example), turn
        self._draw(kind)

    @rx.event
    def set_open(self, is_open: bool) -> None:  # noqa: FBT001  the browser's event
        """Follow the dialog when Escape, a click beside it or its button closes it."""
        self.open = is_open

    @rx.event
    def write(self, name: str, text: str) -> None:
        """Take over what stands in a field when it is left."""
        kind, view = desk_named(self.desk), self._field(name)
        if view is None or view.value == text:
            return
        value = text.replace(",", " ").split() if view.control == "tags" else parse_field(kind, name, text)
        self._keep(name, value or None if view.control == "tags" else value)
        self._draw(kind, typed=name)

    @rx.event
    def switch(self, name: str, on: bool) -> None:  # noqa: FBT001  payload
        """Take over a switch."""
        if self._field(name) is not None:
            self._keep(name, bool(on))
            self._draw(desk_named(self.desk))

    @rx.event
    async def start(self) -> EventSpec | None:
        """Start the run and go to its page; a field that is wrong says so."""
        actor, control = await actor_of(self), services().control
        desk, config = self.desk, dict(self._config)
        try:
            started = await rx.run_in_thread(lambda: start_desk_run(control, actor, desk, config))
        except StudioError as error:
            self._blame(error)
            return None
        self.open = False
        return rx.redirect(routes.desk_run(desk, started.run_id))

    def _field(self, name: str) -> FieldView | None:
        return next((view for view in self.fields if view.name == name), None)

    def _keep(self, name: str, value: Any) -> None:  # noqa: ANN401  JSON
        kept = {key: each for key, each in self._config.items() if key != name}
        self._config = kept if value is None else kept | {name: value}

    def _blame(self, error: StudioError) -> None:
        name = (error.field or "").partition(".")[0] if isinstance(error, InvalidValue) else ""
        known = self._field(name) is not None
        self.problem = "" if known else error.message
        self._draw(desk_named(self.desk), blamed=name if known else "", message=error.message)

    def _draw(self, kind: type[Desk], *, typed: str = "", blamed: str = "", message: str = "") -> None:
        issues = (
            [Issue(code="G102", severity="error", message=message, fix="", field=blamed)] if blamed else []
        )
        views = field_views(kind, self._config, issues, revision=self._turn, before=self.fields, typed=typed)
        self.fields = [view for view in views if view.name not in kind.filled_in]
