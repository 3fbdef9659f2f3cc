"""A local model for crews: answers every chat with one sentence; 100 prompt and 10 completion tokens each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

SECRET = "sk-test-never-shown"


@dataclass(slots=True)
class CrewModel:
    """What the server was asked, in order. `numbered`: each answer differs from the one before."""

    url: str = ""
    numbered: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: set[str] = field(default_factory=set[str])
    """Authorization headers."""

    def answer(self) -> str:
        """Return what the model says next."""
        return f"answer {len(self.asked)}" if self.numbered else "the same answer"


@contextmanager
def crew_server(*, numbered: bool = False) -> Iterator[CrewModel]:
    """Serve on a free port of 127.0.0.1."""
    model = CrewModel(numbered=numbered)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model.asked.append(body)
            model.keys.add(self.headers.get("Authorization", ""))
            data = json.dumps(_completion(body["model"], model.answer())).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield model
    server.shutdown()
    server.server_close()
    thread.join()


def point_crews_at(model: CrewModel, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have crews ask this model, with a key that must never be shown."""
    monkeypatch.setenv("ALPHASWARM_CREW_BASE_URL", model.url)
    monkeypatch.setenv("ALPHASWARM_CREW_API_KEY", SECRET)
    monkeypatch.setenv("CREWAI_STORAGE_DIR", str(folder))


def _completion(name: str, text: str) -> dict[str, Any]:
    content = f"Thought: I can answer.\nFinal Answer: {text}"
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 1,
        "model": name,
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }
