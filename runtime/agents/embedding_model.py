"""An embedding model of LangChain by name, under the rules for chat models: its key comes from the environment and goes no further.

What a request costs is not known, as the library does not tell its tokens: it is not part of a run's cost.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.agents.chat import MAX_WORDS, ModelFailed, address_of, failure_of
from runtime.agents.embedding import EMBEDDING_SIZE, Embedder, HashEmbedder, fitted
from runtime.agents.secrets import Scrubber
from runtime.agents.spec import ModelChoice
from runtime.errors import Unavailable

TIMEOUT_SECONDS = 20.0
RETRIES = 2
_SHORTENED = "text-embedding-3"
"""Models of this name give vectors of the size that is asked for."""


class ModelEmbedder:
    """Asks a model."""

    def __init__(self, choice: ModelChoice, environment: Mapping[str, str]) -> None:
        self.name = choice.name
        self._choice = choice
        self._environment = environment

    async def embed(self, text: str) -> list[float]:
        """Return the vector; raises `Unavailable` that says why there is none."""
        scrubber = Scrubber.of(self._environment)
        try:
            opened = await asyncio.to_thread(_open, self._choice, self._environment)
        except ModelFailed as failed:
            raise _unavailable(failed.message) from None
        except Exception as error:  # noqa: BLE001  foreign code: every provider raises its own
            words = scrubber.clean(str(error))[:MAX_WORDS]
            raise _unavailable(f"{self.name} cannot be opened: {words}") from None
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return fitted(await opened.model.aembed_query(text))
        except Exception as error:  # noqa: BLE001  as above
            raise _unavailable(failure_of(error, name=self.name, scrubber=scrubber).message) from None
        finally:
            await opened.close()


def embedder_named(name: str, environment: Mapping[str, str]) -> Embedder:
    """Return the embedder that an installation has chosen: `provider:model`, or empty for the one without a model."""
    return ModelEmbedder(ModelChoice.named(name), environment) if name else HashEmbedder()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    model: Any
    close: Callable[[], Awaitable[None]]


async def _nothing() -> None:
    return


def _open(choice: ModelChoice, environment: Mapping[str, str]) -> _Opened:
    # Imported only here, as for chat models: most installations need none.
    init_embeddings = importlib.import_module("langchain.embeddings").init_embeddings
    address = address_of(choice, environment)
    options: dict[str, Any] = {"base_url": address} if address else {}
    close = _nothing
    if choice.provider == "openai":
        # A client of our own can be closed; without the check of lengths no table of tokens is downloaded.
        client = importlib.import_module("openai").DefaultAsyncHttpxClient()
        options |= {
            "http_async_client": client,
            "check_embedding_ctx_length": False,
            "max_retries": RETRIES,
            **({"dimensions": EMBEDDING_SIZE} if choice.model.startswith(_SHORTENED) else {}),
        }
        close = client.aclose
    return _Opened(model=init_embeddings(choice.model, provider=choice.provider, **options), close=close)


def _unavailable(reason: str) -> Unavailable:
    return Unavailable(f"The memory of agents cannot be read: {reason}")
