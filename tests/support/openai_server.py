"""A local server that speaks the wire format of OpenAI's chat completions: what it answers is scripted, what it was asked is kept.

Every request takes the next turn of the script. It listens on 127.0.0.1 on a free port and runs on the test's own event loop.
"""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Self

PIECE = 7
"""Characters in one chunk of a stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the server does with one request."""

    text: str = ""
    tools: Sequence[tuple[str, str]] = ()
    """(name, arguments as the model wrote them) of the tools it wants."""
    tokens: tuple[int, int] | None = (100, 20)
    """Prompt and completion; None: does not say."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    error: str = ""
    echo_key: bool = False
    """Repeat the request's Authorization header in the error or text, as careless servers do."""
    then: Literal["finish", "hang", "drop", "end"] = "finish"
    """In the middle of the answer: nothing special, say no more, drop the connection, or end the stream as if it were whole."""


@dataclass(slots=True)
class OpenAIServer:
    """A server under way."""

    url: str
    turns: list[Turn]
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Bodies of the requests, in order."""
    keys: list[str] = field(default_factory=list[str])
    """Their Authorization headers."""
    embedded: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Bodies of the requests for embeddings; they take no turn and have no key in `keys`."""
    embedding_status: int = 200
    """What a request for embeddings is answered with; an error repeats the key."""
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as a request is left waiting."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the client of a hanging request has gone."""


@asynccontextmanager
async def openai_server(*turns: Turn) -> AsyncGenerator[OpenAIServer]:
    """Serve these turns; a request beyond them gets status 418."""
    state = OpenAIServer(url="", turns=list(turns))
    busy: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        busy.add(task)
        try:
            await _serve(state, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # The client went away, as some tests want it to.
        finally:
            writer.close()
            busy.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield state
    finally:
        server.close()
        for task in list(busy):
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


async def _serve(state: OpenAIServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
    }
    body = json.loads(await reader.readexactly(int(headers["content-length"])))
    if head.partition(" HTTP/")[0].endswith("/embeddings"):
        await _embed(state, writer, body, headers.get("authorization", ""))
        return
    state.asked.append(body)
    state.keys.append(headers.get("authorization", ""))
    turn = state.turns.pop(0) if state.turns else Turn(status=418, error="The script is over.")
    key = headers.get("authorization", "") if turn.echo_key else ""
    if turn.status != 200:
        error = {"error": {"message": turn.error + key, "type": "error"}}
        await _send(writer, turn.status, json.dumps(error).encode(), turn.headers)
    elif turn.then == "hang" and not turn.text:
        await _hang(state, reader)
    elif body.get("stream"):
        await _stream(state, turn, _chunks(turn, key, body["model"]), reader, writer)
    else:
        await _send(writer, 200, json.dumps(_whole(turn, key, body)).encode(), turn.headers)


async def _embed(
    state: OpenAIServer, writer: asyncio.StreamWriter, body: Mapping[str, Any], key: str
) -> None:
    """Answer with vectors that count letters: texts of the same letters are alike."""
    state.embedded.append(dict(body))
    if state.embedding_status != 200:
        error = {"error": {"message": f"Your header was {key}", "type": "error"}}
        await _send(writer, state.embedding_status, json.dumps(error).encode(), {})
        return
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    size = body.get("dimensions", 1536)
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": [float(text.lower().count(chr(97 + n))) if n < 26 else 0.0 for n in range(size)],
        }
        for index, text in enumerate(texts)
    ]
    answer = {
        "object": "list",
        "model": body["model"],
        "data": data,
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }
    await _send(writer, 200, json.dumps(answer).encode(), {})


async def _hang(state: OpenAIServer, reader: asyncio.StreamReader) -> None:
    state.hanging.set()
    try:
        # Nothing more is sent by a client that waits, so this returns when it hangs up.
        await reader.read(1)
    finally:
        state.left.set()


async def _send(writer: asyncio.StreamWriter, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    lines = [
        f"HTTP/1.1 {status} Scripted",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    await writer.drain()


def _calls(turn: Turn) -> list[dict[str, Any]]:
    return [
        {"index": n, "id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": given}}
        for n, (name, given) in enumerate(turn.tools)
    ]


def _usage(turn: Turn) -> dict[str, int] | None:
    if turn.tokens is None:
        return None
    prompt, completion = turn.tokens
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _whole(turn: Turn, key: str, body: Mapping[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": turn.text + key}
    if turn.tools:
        message["tool_calls"] = _calls(turn)
    finish = "tool_calls" if turn.tools else "stop"
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": _usage(turn),
    }


def _chunks(turn: Turn, key: str, model: str) -> list[dict[str, Any]]:
    text = turn.text + key
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": text[at : at + PIECE]} for at in range(0, len(text), PIECE)]
    deltas += [{"tool_calls": [call]} for call in _calls(turn)]
    choices: list[list[dict[str, Any]]] = [
        [{"index": 0, "delta": delta, "finish_reason": None}] for delta in deltas
    ]
    finish = "tool_calls" if turn.tools else "stop"
    choices.append([{"index": 0, "delta": {}, "finish_reason": finish}])
    common = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": model}
    chunks: list[dict[str, Any]] = [{**common, "choices": choice} for choice in choices]
    if turn.tokens is not None:
        chunks.append({**common, "choices": [], "usage": _usage(turn)})
    return chunks


async def _stream(
    state: OpenAIServer,
    turn: Turn,
    chunks: Sequence[Mapping[str, Any]],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    writer.write(head.encode())
    events = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    if turn.then != "finish":
        events = events[: len(events) // 2]
    else:
        events.append("data: [DONE]\n\n")
    for event in events:
        writer.write(f"{len(event.encode()):x}\r\n{event}\r\n".encode())
        await writer.drain()
    if turn.then == "hang":
        await _hang(state, reader)
    if turn.then in ("finish", "end"):
        writer.write(b"0\r\n\r\n")
        await writer.drain()


class ServerThread:
    """The server on a thread and event loop of its own, for tests that block."""

    def __init__(self, *turns: Turn) -> None:
        self._turns = turns
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="openai-server")
        self._loop = asyncio.new_event_loop()
        self._stop: asyncio.Event
        self.state: OpenAIServer

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def wait_until_hanging(self, seconds: float = 120.0) -> None:
        """Return once a request is left waiting."""
        waiting = asyncio.run_coroutine_threadsafe(self.state.hanging.wait(), self._loop)
        waiting.result(timeout=seconds)

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        self._stop = asyncio.Event()
        async with openai_server(*self._turns) as self.state:
            self._ready.set()
            await self._stop.wait()
