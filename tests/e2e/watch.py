"""What a page says besides what it shows: console errors, uncaught errors, failed answers, and the socket's frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from playwright.sync_api import ConsoleMessage, Error, Page, Response, WebSocket

# Beats of a page, which have nothing to do with what a test does: the top bar asks every 15 s who is there to work, the
# banner every 2 s for the kill switch, the editor every 20 s whether the drawing was changed elsewhere.
BEATS = ("frame_state.look", "kill_switch_state.look", "tab_shown")


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketFrame:
    """One frame of the page's socket, without those that only keep it open."""

    direction: Literal["sent", "received"]
    text: str


@dataclass(kw_only=True)
class Watch:
    """Collects from a page for as long as it lives."""

    problems: list[str] = field(default_factory=list[str])
    frames: list[SocketFrame] = field(default_factory=list[SocketFrame])
    sockets: int = 0
    _expected: list[str] = field(default_factory=list[str])

    @classmethod
    def of(cls, page: Page) -> Watch:
        """Start to watch a page."""
        watch = cls()
        page.on("console", watch._on_console)
        page.on("pageerror", watch._on_page_error)
        page.on("response", watch._on_response)
        page.on("websocket", watch._on_socket)
        return watch

    def expect(self, text: str) -> None:
        """Say that the test itself brings about console errors with this text."""
        self._expected.append(text)

    def check(self) -> None:
        """Fail when the page complained about anything that was not expected."""
        complaints = [text for text in self.problems if not any(each in text for each in self._expected)]
        assert complaints == []

    def sent_since(self, mark: int) -> list[str]:
        """Return what the page has sent since `len(frames)` was `mark`, without its beats."""
        return [f.text for f in self.frames[mark:] if f.direction == "sent" and not _is_beat(f)]

    def received_since(self, mark: int) -> list[str]:
        """Return what the page was sent since `len(frames)` was `mark`."""
        return [f.text for f in self.frames[mark:] if f.direction == "received"]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _on_page_error(self, error: Error) -> None:
        self.problems.append(f"uncaught: {error.message}\n{error.stack}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status}: {response.request.method} {response.url}")

    def _on_socket(self, socket: WebSocket) -> None:
        self.sockets += 1
        socket.on("framesent", lambda payload: self._on_frame("sent", payload))
        socket.on("framereceived", lambda payload: self._on_frame("received", payload))

    def _on_frame(self, direction: Literal["sent", "received"], payload: str | bytes) -> None:
        text = payload if isinstance(payload, str) else payload.decode("utf-8", "replace")
        # Engine.IO packets of one character are pings and pongs.
        if len(text) > 1:
            self.frames.append(SocketFrame(direction=direction, text=text))


def _is_beat(frame: SocketFrame) -> bool:
    return any(beat in frame.text for beat in BEATS)
