"""Checkpoints as bytes that nobody has to trust."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from runtime.errors import InvalidValue, TooLarge
from runtime.rl.checkpoint import Checkpoint, dump_checkpoint, load_checkpoint, require_fit

SOME = Checkpoint(
    experiment="e" * 64,
    algorithm="reinforce",
    episodes=7,
    knowledge={"b": np.arange(3.0), "a": np.zeros((2, 2))},
)


def archive(**arrays: object) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # pyright: ignore[reportArgumentType]
    return buffer.getvalue()


def test_a_checkpoint_survives_its_bytes_and_equal_ones_are_equal_bytes() -> None:
    data = dump_checkpoint(SOME)

    loaded = load_checkpoint(data)

    assert (loaded.experiment, loaded.algorithm, loaded.episodes) == ("e" * 64, "reinforce", 7)
    assert {name: array.tolist() for name, array in loaded.knowledge.items()} == {
        "a": [[0.0, 0.0], [0.0, 0.0]],
        "b": [0.0, 1.0, 2.0],
    }
    assert dump_checkpoint(loaded) == data


def test_a_pickle_is_never_opened() -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (pytest.fail, ("a pickle was opened",))

    for data in (pickle.dumps(Bomb()), archive(about=np.array([Bomb()], dtype=object))):
        with pytest.raises(InvalidValue, match="not a file of arrays"):
            load_checkpoint(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a file of arrays"),
        (b"garbage", "not a file of arrays"),
        (archive(a=np.zeros(1)), "no description"),
        (archive(about=np.frombuffer(b"[]", dtype=np.uint8)), "not of format 1"),
        (archive(about=np.frombuffer(b'{"format":2}', dtype=np.uint8)), "not of format 1"),
        (archive(about=np.frombuffer(b"no json", dtype=np.uint8)), "no description"),
        (
            dump_checkpoint(
                Checkpoint(experiment="e", algorithm="a", episodes=1, knowledge={"x": np.array([np.nan])})
            ),
            "'x' does not hold finite numbers",
        ),
    ],
    ids=["empty", "garbage", "bare", "list", "other format", "no json", "nan"],
)
def test_what_is_no_checkpoint_is_refused_and_says_why(data: bytes, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        load_checkpoint(data)


def test_a_small_file_cannot_unpack_to_a_large_one() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("a.npy", b"\0" * (5 * 2**20))

    with pytest.raises(TooLarge, match="4 MB"):
        load_checkpoint(buffer.getvalue())


def test_a_checkpoint_of_another_experiment_or_shape_is_refused() -> None:
    with pytest.raises(InvalidValue, match="of another experiment"):
        require_fit(SOME, experiment="f" * 64, blank=SOME.knowledge)
    with pytest.raises(InvalidValue, match="other shapes"):
        require_fit(SOME, experiment="e" * 64, blank={"a": np.zeros(2)})
    assert require_fit(SOME, experiment="e" * 64, blank=SOME.knowledge) is SOME
