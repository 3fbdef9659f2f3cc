"""What the frame tells on every page besides the person: whether anybody is there to work."""

from typing import Literal

import reflex as rx

from studio.session_state import actor_of
from studio.wiring import services
from tasks.control.workers import Workers, workers

Force = Literal["unknown", "none", "some"]


class FrameState(rx.State):
    """Refreshed by a slow beat of the open page."""

    force: Force | Literal[""] = ""
    words: str = ""

    @rx.event
    async def look(self) -> None:
        """Ask for the workers, and change only what is different."""
        actor = await actor_of(self)
        found = await rx.run_in_thread(lambda: workers(services().control, actor))
        force, words = in_words(found)
        if (self.force, self.words) != (force, words):
            self.force, self.words = force, words


def in_words(found: Workers) -> tuple[Force, str]:
    """Return what the top bar says of the workers; unknown is never shown as none."""
    if found.live is None:
        return "unknown", "Workers unknown"
    if found.live == 0:
        return "none", "No workers"
    waiting = f" · {found.queued} queued" if found.queued else ""
    return "some", f"{found.live} worker{'' if found.live == 1 else 's'}{waiting}"
