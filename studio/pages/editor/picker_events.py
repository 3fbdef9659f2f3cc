"""What a person does to add a node by the picker."""

from dataclasses import replace

import reflex as rx

from runtime.graph.edits import AddNode
from studio.canvas.events import PointPayload, ReleasePayload, parse_point, parse_release
from studio.pages.editor import session
from studio.pages.editor.drawing_state import DrawingState, Effects
from studio.pages.editor.views import PickerView, first_match
from studio.session_state import actor_of
from studio.wiring import services

MIDDLE = (440, 180)
"""Where the picker opens in the window when nothing was pointed at."""


class PickerEvents(DrawingState, mixin=True):
    """Events of the picker."""

    @rx.event
    async def wire_released(self, release: ReleasePayload) -> None:
        """Offer the kinds that take the wire which was let go over empty canvas."""
        let_go = parse_release(release)
        if let_go is not None:
            await self._ask(
                PickerView(
                    left=let_go.left,
                    top=let_go.top,
                    x=let_go.at.x,
                    y=let_go.at.y,
                    source=let_go.node,
                    port=let_go.port,
                )
            )

    @rx.event
    async def canvas_asked(self, at: ReleasePayload) -> None:
        """Offer all kinds at the place that was double-clicked."""
        place, click = parse_point(at), parse_point({"x": at.get("left"), "y": at.get("top")})
        await self._ask(PickerView(left=click.x, top=click.y, x=place.x, y=place.y))

    @rx.event
    async def any_asked(self, at: PointPayload) -> None:
        """Offer all kinds, in the middle of the window."""
        place = parse_point(at)
        await self._ask(PickerView(left=MIDDLE[0], top=MIDDLE[1], x=place.x - 100, y=place.y))

    @rx.event
    async def picked(self, kind: str) -> Effects:
        """Add the kind chosen in the picker, wired to where the wire came from."""
        view, self.picker = self.picker, PickerView()
        link = (view.source, view.port) if view.source else None
        async for effect in self._save(AddNode(kind=kind, x=view.x, y=view.y - 36, link_from=link)):
            yield effect

    @rx.event
    async def picker_entered(self) -> Effects:
        """Take the first kind that the filter leaves."""
        item = first_match(self.picker.choices, self.picker_query)
        if item is not None:
            async for effect in self.picked(item.kind):
                yield effect

    @rx.event
    def picker_filtered(self, query: str) -> None:
        """Narrow the picker."""
        self.picker_query = query[:100]

    @rx.event
    def picker_closed(self) -> None:
        """Close the picker; the wire is gone, nothing was added."""
        self.picker = PickerView()

    async def _ask(self, view: PickerView) -> None:
        actor, seen = await actor_of(self), self._seen()
        fitting = await rx.run_in_thread(
            lambda: session.choices(services().control, actor, seen, view.source, view.port)
        )
        self.picker_query = ""
        self.picker = replace(view, open=True, choices=fitting)
