"""What was learnt as bytes, and back: NumPy's npz with a description inside, never a pickle."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime.errors import InvalidValue, TooLarge
from runtime.rl.learner import Floats, Knowledge
from runtime.spec import canonical_json

FORMAT = 1
MAX_BYTES = 4 * 1024 * 1024
"""Unpacked."""
ABOUT = "about"
"""The name of the description among the arrays."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """What is known after so many episodes of an experiment."""

    experiment: str
    """Hash of the spec; a checkpoint continues and plays this experiment only."""
    algorithm: str
    episodes: int
    knowledge: Knowledge


def dump_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Return bytes that are equal for equal checkpoints."""
    about = canonical_json(
        {
            "format": FORMAT,
            "experiment": checkpoint.experiment,
            "algorithm": checkpoint.algorithm,
            "episodes": checkpoint.episodes,
        }
    )
    arrays: dict[str, Any] = {name: checkpoint.knowledge[name] for name in sorted(checkpoint.knowledge)}
    buffer = io.BytesIO()
    np.savez(buffer, **{ABOUT: np.frombuffer(about.encode(), dtype=np.uint8)}, **arrays)
    return buffer.getvalue()


def load_checkpoint(data: bytes) -> Checkpoint:
    """Read what `dump_checkpoint` wrote; raises `InvalidValue` saying what is wrong, `TooLarge` over `MAX_BYTES`."""
    arrays = _arrays(data)
    about = _about(arrays)
    knowledge: dict[str, Floats] = {}
    for name, array in arrays.items():
        if name == ABOUT:
            continue
        if array.dtype != np.float64 or not np.isfinite(array).all():
            raise _broken(f"{name!r} does not hold finite numbers")
        knowledge[name] = array
    return Checkpoint(
        experiment=str(about["experiment"]),
        algorithm=str(about["algorithm"]),
        episodes=int(about["episodes"]),
        knowledge=knowledge,
    )


def require_fit(checkpoint: Checkpoint, *, experiment: str, blank: Knowledge) -> Checkpoint:
    """Return the checkpoint; raises `InvalidValue` when it is of another experiment or its arrays have other shapes."""
    if checkpoint.experiment != experiment:
        raise InvalidValue(
            f"The checkpoint is of another experiment ({checkpoint.experiment[:12]}, not {experiment[:12]}).",
            field="checkpoint",
        )
    shapes = {name: array.shape for name, array in checkpoint.knowledge.items()}
    if shapes != {name: array.shape for name, array in blank.items()}:
        raise _broken("its arrays have other shapes than the experiment needs")
    return checkpoint


def _arrays(data: bytes) -> Mapping[str, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            # Before anything is unpacked: a small archive can claim gigabytes.
            if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                raise TooLarge(
                    f"A checkpoint may unpack to {MAX_BYTES // 2**20} MB at most.", field="checkpoint"
                )
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, KeyError) as error:
        raise _broken("it is not a file of arrays") from error


def _about(arrays: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        about = json.loads(arrays[ABOUT].tobytes())
        known = {"experiment", "algorithm", "episodes", "format"} <= set(about) and int(
            about["episodes"]
        ) >= 0
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise _broken("it has no description") from error
    if not known or about["format"] != FORMAT:
        raise _broken(f"it is not of format {FORMAT}")
    return about


def _broken(why: str) -> InvalidValue:
    return InvalidValue(f"The checkpoint cannot be used: {why}.", field="checkpoint")
