"""What travels along a wire: checked at the port, stored by content, described in one line."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import InvalidValue
from runtime.values import (
    FRAME_TYPES,
    ArtifactRef,
    PortType,
    Value,
    checked,
    decode,
    describe,
    digest_of,
    encode,
)
from tests.contracts.inputs import example_data

TYPES: tuple[PortType, ...] = (
    "prices",
    "signals",
    "weights",
    "table",
    "verdict",
    "insight",
    "report",
    "number",
    "text",
)


@pytest.mark.parametrize("port_type", TYPES)
def test_what_was_stored_comes_back_equal(port_type: PortType) -> None:
    value = checked(port_type, example_data(port_type))

    again = decode(port_type, encode(value)[0])

    if port_type in FRAME_TYPES:
        pd.testing.assert_frame_equal(again.data, value.data, check_freq=False)
    else:
        assert again == value


@pytest.mark.parametrize("port_type", TYPES)
def test_equal_values_have_equal_addresses_and_other_types_others(port_type: PortType) -> None:
    first, second = (encode(checked(port_type, example_data(port_type)))[0] for _ in range(2))

    assert digest_of(port_type, first) == digest_of(port_type, second)
    assert digest_of(port_type, first) != digest_of("any", first)


@pytest.mark.parametrize(
    ("port_type", "data"),
    [
        ("prices", {"a": 1}),
        ("verdict", "yes"),
        ("number", "twelve"),
        ("text", 12),
        ("report", None),
        ("any", 1),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(port_type: PortType, data: object) -> None:
    with pytest.raises(InvalidValue, match="Expected"):
        checked(port_type, data)


def test_a_wrapped_value_keeps_its_type_and_fits_only_there() -> None:
    value = Value(type="number", data=1.0)

    assert checked("any", value) is value
    with pytest.raises(InvalidValue, match="Expected text, got number"):
        checked("text", value)


@pytest.mark.parametrize("bad", [math.nan, math.inf, object(), {1, 2}])
def test_what_json_cannot_hold_is_refused_when_it_is_stored(bad: object) -> None:
    with pytest.raises(InvalidValue, match="JSON cannot"):
        encode(Value(type="verdict", data={"confidence": bad}))


@given(st.text())
def test_any_text_survives(text: str) -> None:
    value = Value(type="text", data=text.encode("utf-8", "replace").decode())

    assert decode("text", encode(value)[0]) == value


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (Value(type="prices", data=pd.DataFrame({"A": [1.0] * 1200})), "1 × 1,200"),
        (
            Value(type="signals", data=pd.DataFrame({"A": [0.5], "B": [-0.75], "C": [0.0]})),
            "2 signals · B -0.75",
        ),
        (Value(type="weights", data=pd.DataFrame({"A": [0.0]})), "0 of 1 weights"),
        (Value(type="weights", data=pd.DataFrame()), "0 weights"),
        (Value(type="verdict", data={"approved": False, "confidence": 0.5}), "rejected · 0.50"),
        (Value(type="insight", data={"direction": "long", "vt_symbol": "KO"}), "long · KO"),
        (Value(type="report", data={}), "0 fields"),
        (Value(type="number", data=1234.5), "1,234"),
        (Value(type="text", data="x" * 50), "x" * 39 + "…"),
        (Value(type="text", data="short"), "short"),
    ],
)
def test_a_value_is_described_in_one_line(value: Value, line: str) -> None:
    assert describe(value) == line


def test_a_reference_survives_json() -> None:
    ref = ArtifactRef(digest=digest_of("text", b"x"), type="text", size=1, line="x")

    assert ArtifactRef.load(ref.dump()) == ref
