"""Texts as vectors: without a model always the same ones, by a model through the local server, and its key nowhere."""

import asyncio
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.agents.embedding import EMBEDDING_SIZE, HashEmbedder, fitted, hashed
from runtime.agents.embedding_model import ModelEmbedder, embedder_named
from runtime.agents.spec import ModelChoice
from runtime.errors import Unavailable
from runtime.settings import Settings
from tests.support.model_environment import KEY, model_environment
from tests.support.openai_server import openai_server


def likeness(first: list[float], second: list[float]) -> float:
    return float(np.dot(first, second))


async def test_alike_situations_have_alike_vectors() -> None:
    embedder = HashEmbedder()
    one = await embedder.embed("JNJ: momentum speaks strongly for it; trend speaks for it")
    alike = await embedder.embed("KO: momentum speaks strongly for it; trend speaks for it")
    unlike = await embedder.embed("JNJ: momentum speaks against it; drawdown speaks strongly against it")

    assert len(one) == EMBEDDING_SIZE
    assert likeness(one, one) == pytest.approx(1.0)
    assert likeness(one, alike) > likeness(one, unlike) > 0


def test_a_vector_is_the_same_on_every_machine() -> None:
    """Pinned: memories that were embedded elsewhere, or last year, must still be found."""
    vector = hashed("JNJ: momentum speaks for it")

    assert [round(number, 6) for number in vector if abs(number) > 0.15][:4] == PINNED


PINNED = [0.217708, -0.302027, -0.168636, -0.217708]


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_every_text_has_length_one_or_says_nothing(text: str) -> None:
    vector = hashed(text)

    assert vector == [] or np.linalg.norm(vector) == pytest.approx(1.0)


@pytest.mark.parametrize("size", [3, EMBEDDING_SIZE, 1536])
def test_a_vector_of_any_size_is_fitted_and_keeps_its_angles(size: int) -> None:
    random = np.random.default_rng(7)
    one, other = random.normal(size=size), random.normal(size=size)
    cosine = float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))

    assert len(fitted(one.tolist())) == EMBEDDING_SIZE
    assert likeness(fitted(one.tolist()), fitted(other.tolist())) == pytest.approx(cosine, abs=0.15)
    assert likeness(fitted(one.tolist()), fitted((3 * one).tolist())) == pytest.approx(1.0)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that the provider's own client reads."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.mark.parametrize("model", ["text-embedding-3-small", "text-embedding-ada-002"])
async def test_a_model_is_asked_by_name(model: str) -> None:
    async with openai_server() as server:
        embedder = embedder_named(f"openai:{model}", model_environment(server))
        one, other = [await embedder.embed(text) for text in ("aaab", "zzzz")]

    assert embedder.name == f"openai:{model}"
    assert len(one) == EMBEDDING_SIZE
    assert likeness(one, other) == pytest.approx(0.0, abs=0.15)
    assert server.embedded[0]["input"] in ("aaab", ["aaab"])
    assert server.embedded[0].get("dimensions") == (EMBEDDING_SIZE if "3" in model else None)


async def test_a_model_can_be_asked_from_one_event_loop_after_another() -> None:
    async def once() -> int:
        async with openai_server() as server:
            return len(await ModelEmbedder(choice(), model_environment(server)).embed("a"))

    first = await asyncio.to_thread(asyncio.run, once())

    assert (first, await once()) == (EMBEDDING_SIZE, EMBEDDING_SIZE)


@pytest.mark.parametrize("status", [400, 401, 503])
async def test_a_model_that_fails_is_named_without_the_key(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.agents.embedding_model.RETRIES", 0)
    async with openai_server() as server:
        server.embedding_status = status
        with pytest.raises(Unavailable) as raised:
            await ModelEmbedder(choice(), model_environment(server)).embed("a")

    assert "The memory of agents cannot be read: openai:text-embedding-3-small" in raised.value.message
    assert KEY not in repr(raised.value)
    assert KEY not in raised.value.message


async def test_a_provider_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_mistralai", None)
    embedder = ModelEmbedder(ModelChoice.named("mistralai:mistral-embed"), {})

    with pytest.raises(Unavailable, match="mistral"):
        await embedder.embed("a")


def choice() -> ModelChoice:
    return ModelChoice.named("openai:text-embedding-3-small")


def test_without_a_name_wording_is_compared() -> None:
    assert isinstance(embedder_named("", {}), HashEmbedder)


def test_a_key_in_the_place_of_a_model_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="provider:model"):
        Settings(memory_embeddings="sk-abcdefghijklmn")
