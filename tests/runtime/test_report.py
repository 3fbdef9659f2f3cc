from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from runtime.report import cell, empty_report, extend, is_report, number


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (float("nan"), None),
        (float("inf"), None),
        (np.float64("nan"), None),
        (np.float64(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (pd.NaT, None),
        (pd.Timestamp("2024-01-02"), "2024-01-02"),
        (datetime(2024, 1, 2, 3, 4), "2024-01-02T03:04:00"),  # noqa: DTZ001
        (date(2024, 1, 2), "2024-01-02"),
        (None, None),
        ("text", "text"),
        (("a", 1), "('a', 1)"),
    ],
)
def test_a_cell_is_what_json_can_hold(value: object, plain: object) -> None:
    found = cell(value)

    assert found == plain
    assert type(found) is type(plain)


def test_a_number_is_finite_or_nothing() -> None:
    assert [number(value) for value in (1, 0.5, float("inf"), "1", None)] == [1.0, 0.5, None, None, None]


def test_a_report_is_known_by_its_parts_and_grows_in_order() -> None:
    first, second = empty_report("first"), empty_report("second")
    second["metrics"].append({"label": "x", "value": 1.0, "unit": ""})

    extend(first, second)

    assert is_report(first)
    assert not is_report({"title": "no report"})
    assert (first["title"], first["metrics"]) == ("first", second["metrics"])
