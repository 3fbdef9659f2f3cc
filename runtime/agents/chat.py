"""The border to chat models: opens one by name, and turns whatever its library raises into one error of ours."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel

from runtime.agents.record import FailureKind
from runtime.agents.secrets import Scrubber
from runtime.agents.spec import ModelChoice

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""HTTP statuses of failures that pass."""
UNAUTHORISED = frozenset({401, 403})
MAX_WORDS = 300
"""Characters of a provider's own message that are kept."""
_CONNECTION_ERRORS = frozenset(
    {"APIConnectionError", "TransportError", "ConnectError", "RemoteProtocolError"}
)
_TIMEOUT_ERRORS = frozenset({"APITimeoutError", "TimeoutException", "TimeoutError"})
_OPENAI_URLS = ("OPENAI_API_BASE", "OPENAI_BASE_URL")


class ModelFailed(Exception):
    """A request to a model failed; the message is safe to show."""

    def __init__(
        self,
        message: str,
        *,
        kind: FailureKind = "model",
        passes: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind: FailureKind = kind
        self.passes = passes
        """Whether the same request may succeed later."""
        self.retry_after = retry_after
        """Seconds that the provider asks to wait."""


async def _nothing_to_close() -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSession:
    """An open chat model. `close` it when done."""

    model: BaseChatModel
    scrubber: Scrubber
    tells_end: bool = False
    """Its last chunk always carries a `finish_reason`, so a stream without one was cut off."""
    close: Callable[[], Awaitable[None]] = _nothing_to_close


async def open_chat(choice: ModelChoice, environment: Mapping[str, str]) -> ChatSession:
    """Open a model by name; raises `ModelFailed` when it is not installed, has no key or a bad address."""
    scrubber = Scrubber.of(environment)
    options = _options(choice, environment)
    try:
        # The import takes seconds the first time, and the loop must stay free to hear a halt.
        return await asyncio.to_thread(_open, choice, options, scrubber)
    except ImportError as error:
        raise ModelFailed(
            f"The provider {choice.provider!r} is not installed: {scrubber.clean(str(error))[:MAX_WORDS]}",
            kind="config",
        ) from None
    except Exception as error:  # noqa: BLE001  foreign code: every provider raises its own
        raise ModelFailed(
            f"{choice.name} cannot be opened: {scrubber.clean(str(error))[:MAX_WORDS]}", kind="config"
        ) from None


def failure_of(error: Exception, *, name: str, scrubber: Scrubber) -> ModelFailed:
    """Return what a provider's error means. Providers share no base class, but status codes and class names."""
    classes = {each.__name__ for each in type(error).__mro__}
    status = _status(error)
    if classes & _TIMEOUT_ERRORS:
        return ModelFailed(f"{name} did not answer in time.", kind="timeout")
    if status in UNAUTHORISED:
        # What a provider says here often repeats a part of the key.
        return ModelFailed(
            f"{name} refused the key (status {status}). Set the right one where the workers run.",
            kind="config",
        )
    words = scrubber.clean(" ".join(str(error).split()))[:MAX_WORDS] or type(error).__name__
    if status is not None:
        passes = status in PASSING
        after = retry_after_seconds(_headers(error), now=datetime.now(UTC)) if passes else None
        return ModelFailed(f"{name} answered with status {status}: {words}", passes=passes, retry_after=after)
    if classes & _CONNECTION_ERRORS or isinstance(error, ConnectionError):
        return ModelFailed(f"The connection to {name} failed: {words}", passes=True)
    return ModelFailed(f"{name} failed: {words}")


def retry_after_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return how long `retry-after` (RFC 9110: seconds, or a date) or `retry-after-ms` asks to wait; None without."""
    with suppress(ValueError):
        return (
            max(float(headers["retry-after-ms"]) / 1000, 0.0)
            if "retry-after-ms" in headers
            else _after(headers, now)
        )
    return None


def _after(headers: Mapping[str, str], now: datetime) -> float | None:
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        return max(float(text), 0.0)
    except ValueError:
        when = parsedate_to_datetime(text)
        return max((when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds(), 0.0)


def _options(choice: ModelChoice, environment: Mapping[str, str]) -> dict[str, Any]:
    options: dict[str, Any] = {"temperature": choice.temperature}
    address = address_of(choice, environment)
    if address:
        options["base_url"] = address
    if choice.api_key_ref:
        options["api_key"] = _referred(choice.api_key_ref, environment)
    if choice.provider in ("openai", "anthropic"):
        # Retries are ours: counted, bounded, and between two of them a halt is heard.
        options["max_retries"] = 0
    if choice.provider == "openai":
        options["stream_usage"] = True
    return options


def address_of(choice: ModelChoice, environment: Mapping[str, str]) -> str:
    """Return where a model is reached, empty for its provider's own address; raises `ModelFailed` for a bad one."""
    if choice.base_url_ref:
        address = _referred(choice.base_url_ref, environment)
    elif choice.provider == "openai":
        address = next((environment[name].strip() for name in _OPENAI_URLS if environment.get(name)), "")
    else:
        address = ""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        usable, parts = False, urlsplit("")
    if not usable:
        raise ModelFailed(f"The address of {choice.name} is no http or https URL.", kind="config")
    if parts.username is not None or parts.password is not None:
        raise ModelFailed(
            f"The address of {choice.name} holds a user or password. Leave them out; keys have variables of their own.",
            kind="config",
        )
    return address


def _referred(reference: str, environment: Mapping[str, str]) -> str:
    name = reference.removeprefix("env:")
    value = environment.get(name, "").strip()
    if not value:
        raise ModelFailed(f"The variable {name} is not set where the workers run.", kind="config")
    return value


def _open(choice: ModelChoice, options: dict[str, Any], scrubber: Scrubber) -> ChatSession:
    # Imported only here: most workflows need no chat model, and loading one costs seconds and 100 MB.
    init_chat_model = importlib.import_module("langchain.chat_models").init_chat_model
    close = _nothing_to_close
    if choice.provider == "openai":
        # A client of our own can be closed; the library's shared one stays bound to the first event loop.
        client = importlib.import_module("openai").DefaultAsyncHttpxClient()
        options = options | {"http_async_client": client}
        close = client.aclose
    build = partial(init_chat_model, choice.model, model_provider=choice.provider)
    model = cast(BaseChatModel, build(**options))
    if (getattr(model, "profile", None) or {}).get("temperature") is False:
        # Models that reason refuse a request that names a temperature.
        del options["temperature"]
        model = cast(BaseChatModel, build(**options))
    return ChatSession(model=model, scrubber=scrubber, tells_end=choice.provider == "openai", close=close)


def _status(error: Exception) -> int | None:
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "status"):
            status = getattr(holder, name, None)
            if isinstance(status, int):
                return status
    return None


def _headers(error: Exception) -> Mapping[str, str]:
    headers = getattr(getattr(error, "response", None), "headers", None)
    if headers is None:
        return {}
    return {str(name).lower(): str(value) for name, value in headers.items()}
