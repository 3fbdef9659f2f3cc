import pandas as pd
import pytest

from runtime.decision.names import identifier, names_of
from runtime.values import Value


def test_a_record_gives_its_fields_and_inner_fields() -> None:
    record = {
        "approved": True,
        "margin_check": {"available_pct": 0.4},
        "risk_breaches": ["a", "b"],
        "note": None,
    }

    assert names_of(Value(type="verdict", data=record)) == {
        "approved": True,
        "margin_check_available_pct": 0.4,
        "risk_breaches_count": 2.0,
        "note": None,
    }


def test_a_frame_gives_its_last_row_and_its_size() -> None:
    frame = pd.DataFrame({"A": [9.0, 0.5], "BRK.B": [9.0, -0.1], "C": [1.0, None]})

    names = names_of(Value(type="weights", data=frame))

    assert names == pytest.approx(
        {"A": 0.5, "BRK_B": -0.1, "C": None, "rows": 2.0, "columns": 3.0, "mean": 0.2, "gross": 0.6}
    )


def test_an_empty_frame_has_a_size_only() -> None:
    assert names_of(Value(type="table", data=pd.DataFrame({"A": []}))) == {"rows": 0.0, "columns": 1.0}


@pytest.mark.parametrize(("value", "port_type"), [(0.25, "number"), ("up", "text")])
def test_a_plain_value_is_called_value(value: object, port_type: str) -> None:
    assert names_of(Value(type=port_type, data=value)) == {"value": value}


@pytest.mark.parametrize(
    ("name", "written"), [("BRK.B", "BRK_B"), ("3M", "_3M"), ("if", "_if"), ("ALL", "ALL"), ("", "_")]
)
def test_every_name_can_be_written(name: str, written: str) -> None:
    assert identifier(name) == written
