"""The run page: hands the address over to the followed run."""

import reflex as rx
from reflex.event import EventType

from studio.run_view.state import RunState


class RunPageState(rx.State):
    """Which run the address names."""

    @rx.event
    def open(self) -> EventType[()]:
        """Follow the run of the address."""
        return RunState.follow(str(self.router.page.params.get("run_id", "")))
