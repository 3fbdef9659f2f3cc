"""Texts as vectors whose cosine says how much alike they are: without a model, or by one that is named.

The vectors of two embedders cannot be compared, so a memory keeps the name of the one that made its own.
"""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

EMBEDDING_SIZE = 384
"""Numbers of a vector, as the column of the memories has them."""
WORDS, CHARACTERS = (1, 2), (3, 5)
_TINY = 1e-12
Vector = npt.NDArray[np.float64]


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """Which embedder this is; equal names make vectors that can be compared."""
        ...

    async def embed(self, text: str) -> list[float]:
        """Return `EMBEDDING_SIZE` numbers of length one; empty for a text that says nothing. Raises `Unavailable`."""
        ...


class HashEmbedder:
    """Compares wording: words, pairs of words and their parts, hashed into the vector (the default).

    Feature hashing with signs: Weinberger et al. (2009), *ICML*. It needs no model, no download and no network, and gives
    equal vectors on every machine. It does not know meaning: "rises" and "goes up" have nothing in common for it, and some
    features fall on the same number. It serves because situations are described in the same words each time.
    """

    name = "hash-1"

    async def embed(self, text: str) -> list[float]:
        """Return the vector; computed on a thread, as the first one loads a library."""
        return await asyncio.to_thread(hashed, text)


def hashed(text: str) -> list[float]:
    """Return the vector of a text: half of its length is its words, half of it parts of words."""
    words, characters = _vectorizers()
    return unit(
        unit_array(words.transform([text]).toarray()[0])
        + unit_array(characters.transform([text]).toarray()[0])
    )


def fitted(vector: list[float]) -> list[float]:
    """Return a model's vector at `EMBEDDING_SIZE` and length one.

    A shorter one is filled with zeros, which changes no cosine. A longer one is projected on random signs, the same ones
    always, which keeps cosines within about 0.1: Achlioptas (2003), *Journal of Computer and System Sciences* 66(4).
    """
    given = np.asarray(vector, dtype=float)
    if len(given) > EMBEDDING_SIZE:
        return unit(_signs(len(given)) @ given)
    return unit(np.pad(given, (0, EMBEDDING_SIZE - len(given))))


def unit(vector: Vector) -> list[float]:
    """Return the vector at length one; empty when it has no length."""
    found = unit_array(vector)
    return found.tolist() if found.any() else []


def unit_array(vector: Vector) -> Vector:
    """Return the vector at length one, or zeros when it has no length."""
    length = float(np.linalg.norm(vector))
    return vector / length if np.isfinite(length) and length > _TINY else np.zeros_like(vector)


@cache
def _vectorizers() -> tuple[Any, Any]:
    # Imported when needed: seconds of start-up for every worker.
    from sklearn.feature_extraction.text import HashingVectorizer  # noqa: PLC0415

    common: Mapping[str, Any] = {"n_features": EMBEDDING_SIZE, "norm": None, "alternate_sign": True}
    return (
        HashingVectorizer(analyzer="word", ngram_range=WORDS, **common),
        HashingVectorizer(analyzer="char_wb", ngram_range=CHARACTERS, **common),
    )


@cache
def _signs(size: int) -> Vector:
    return np.random.default_rng(size).choice([-1.0, 1.0], size=(EMBEDDING_SIZE, size))
