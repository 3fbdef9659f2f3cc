"""Errors have stable codes, name what was wrong, and travel between processes whole."""

import pickle
from collections.abc import Iterator

import pytest

from runtime import errors
from runtime.errors import DrawingRefused, NodeFailed, NotFound, StaleRevision, StudioError, did_you_mean

EXAMPLES = [
    NotFound("adapter", "Grap", known=["Graph"]),
    StaleRevision("mine", expected=1, current=2),
    DrawingRefused(("One.", "Two.", "Three.", "Four.")),
    NodeFailed("It broke.", node="n1"),
    StudioError("Plain.", field="x"),
]


def classes(kind: type[StudioError] = StudioError) -> Iterator[type[StudioError]]:
    """Every class of the tree that this module defines."""
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from classes(child)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: error.code)
def test_an_error_survives_the_way_to_another_process(error: StudioError) -> None:
    again = pickle.loads(pickle.dumps(error))

    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_every_class_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in classes()]

    assert len(codes) == len(set(codes)) > 15


def test_the_tree_on_top_of_the_file_names_every_class() -> None:
    for kind in classes():
        assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize(
    ("name", "known", "words"),
    [
        ("momentun", ["momentum", "wait"], "Did you mean 'momentum'?"),
        ("zzz", ["b", "a"], "Known: a, b."),
        ("zzz", [], ""),
        ("zzz", [f"name{n}" for n in range(20)], ""),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_or_the_known_ones(
    name: str, known: list[str], words: str
) -> None:
    assert did_you_mean(name, known) == words


def test_many_problems_are_counted_and_the_first_are_told() -> None:
    assert DrawingRefused(("One.", "Two.", "Three.", "Four.")).message.endswith(
        "One. Two. Three. (and 1 more)"
    )
