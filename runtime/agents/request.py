"""One request to a chat model: sent, waited for no longer than allowed, and sent again when the failure passes."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage

from runtime.agents.chat import ChatSession, ModelFailed, failure_of
from runtime.agents.record import Tokens
from runtime.ports import Clock

MAX_WAIT_SECONDS = 60.0
"""A provider that asks to wait longer than this is not waited for."""
MAX_CHARACTERS = 1_000_000
FIRST_WAIT_SECONDS = 1.0
"""Without `retry-after`: so long before the second attempt, twice as long before each later one."""


class Streams(Protocol):
    """What a chat model, with or without tools bound to it, is used for here."""

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: ANN401
        """Answer at once."""
        ...

    def astream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: ANN401
        """Answer in chunks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRequest:
    """A tool that a model wants used."""

    id: str
    name: str
    arguments: Mapping[str, Any] | None
    """None: what it wrote is no JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model answered."""

    message: AIMessage
    text: str
    """Without secrets."""
    tools: tuple[ToolRequest, ...]
    tokens: Tokens | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt that is over: `reply` or `failure`."""

    milliseconds: float
    reply: Reply | None = None
    failure: ModelFailed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Sends requests to one open model."""

    name: str
    session: ChatSession
    model: Streams
    """The session's model with its tools bound."""
    clock: Clock
    timeout_seconds: float
    retries: int
    streaming: bool
    before: Callable[[], Awaitable[None]]
    """Called before each attempt; raises to stop."""
    after: Callable[[Attempt], None]
    """Called after each attempt, with what it took."""
    hear: Callable[[str], None]
    """Called with the text so far while it streams, often; it may hold secrets."""

    async def ask(self, messages: Sequence[BaseMessage]) -> Reply:
        """Return the reply; raises `ModelFailed`, or what `before` raised."""
        for number in range(self.retries + 1):
            await self.before()
            attempt = await self._attempt(messages)
            self.after(attempt)
            if attempt.reply is not None:
                return attempt.reply
            failure = attempt.failure or ModelFailed(f"{self.name} gave no answer.")
            wait = wait_before_retry(failure, number)
            if number == self.retries or wait is None:
                raise failure
            await self.clock.sleep(wait)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _attempt(self, messages: Sequence[BaseMessage]) -> Attempt:
        started = self.clock.monotonic()
        reply, failure = None, None
        try:
            async with asyncio.timeout(self.timeout_seconds):
                message = await (self._streamed(messages) if self.streaming else self._whole(messages))
            reply = Reply(
                message=message,
                text=self.session.scrubber.clean(message.text),
                tools=_tools(message),
                tokens=_tokens(message),
            )
        except ModelFailed as failed:
            failure = failed
        except Exception as error:  # noqa: BLE001  foreign code: every provider raises its own
            failure = failure_of(error, name=self.name, scrubber=self.session.scrubber)
        return Attempt(milliseconds=(self.clock.monotonic() - started) * 1000, reply=reply, failure=failure)

    async def _whole(self, messages: Sequence[BaseMessage]) -> AIMessage:
        message = await self.model.ainvoke(list(messages))
        if not isinstance(message, AIMessage):
            raise ModelFailed(f"{self.name} answered with a {type(message).__name__}.")
        return message

    async def _streamed(self, messages: Sequence[BaseMessage]) -> AIMessage:
        chunks: list[AIMessageChunk] = []
        said = ""
        async for chunk in self.model.astream(list(messages)):
            chunks.append(chunk)
            said += chunk.text
            if len(said) > MAX_CHARACTERS:
                raise ModelFailed(f"{self.name} did not stop after {MAX_CHARACTERS:,} characters.")
            self.hear(said)
        whole = chunks[0] + chunks[1:] if chunks else None
        if whole is None or (self.session.tells_end and not whole.response_metadata.get("finish_reason")):
            # A connection that is closed between two chunks looks like an end to the client's library.
            raise ModelFailed(f"{self.name} broke off in the middle of its answer.", passes=True)
        return whole


def wait_before_retry(failure: ModelFailed, number: int) -> float | None:
    """Return seconds to wait after attempt `number` (from 0) failed; None when it must not be sent again."""
    if not failure.passes:
        return None
    wait = failure.retry_after if failure.retry_after is not None else FIRST_WAIT_SECONDS * 2**number
    return wait if wait <= MAX_WAIT_SECONDS else None


def _tools(message: AIMessage) -> tuple[ToolRequest, ...]:
    if isinstance(message, AIMessageChunk) and message.tool_call_chunks:
        # The library completes arguments that broke off; a tool must not be used with half of what was meant.
        return tuple(
            ToolRequest(id=each["id"] or "", name=each["name"] or "", arguments=_object(each["args"] or "{}"))
            for each in message.tool_call_chunks
        )
    good = (
        ToolRequest(id=each["id"] or "", name=each["name"], arguments=each["args"])
        for each in message.tool_calls
    )
    broken = (
        ToolRequest(id=each["id"] or "", name=each["name"] or "", arguments=None)
        for each in message.invalid_tool_calls
    )
    return (*good, *broken)


def _object(text: str) -> dict[str, Any] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast(dict[str, Any], data) if isinstance(data, dict) else None


def _tokens(message: AIMessage) -> Tokens | None:
    usage = message.usage_metadata
    if not usage:
        return None
    return Tokens(
        input=usage["input_tokens"],
        output=usage["output_tokens"],
        cached=(usage.get("input_token_details") or {}).get("cache_read", 0),
    )
