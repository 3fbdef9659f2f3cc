import pytest

from runtime.errors import InvalidValue
from runtime.values import Value
from tests.runtime.nodes.conftest import Bench, prices, weights

KIND = "output.report"


async def test_notes_are_named_by_their_type_and_numbered_when_nothing_says_where_they_came_from(
    bench: Bench,
) -> None:
    notes = [Value(type="number", data=1.0), Value(type="text", data="x"), Value(type="number", data=2.0)]

    report = (await bench.run(KIND, {"notes": notes}))["report"]

    assert [metric["label"] for metric in report["metrics"]] == ["Number 1", "Number 2"]
    assert report["texts"][0]["title"] == "Text"


async def test_nothing_to_show_is_an_error(bench: Bench) -> None:
    with pytest.raises(InvalidValue, match="nothing to show"):
        await bench.run(KIND, {})


async def test_weights_without_prices_are_shown_and_not_back_tested(bench: Bench) -> None:
    report = (await bench.run(KIND, {"weights": weights(A=0.5)}, title="Mine"))["report"]

    assert report["title"] == "Mine"
    assert [chart["title"] for chart in report["charts"]] == ["Target weights on 2024-04-30"]


async def test_prices_alone_give_the_equal_weight(bench: Bench) -> None:
    report = (await bench.run(KIND, {"prices": prices(A=100.0, B=50.0)}))["report"]

    assert [series["name"] for series in report["charts"][0]["series"]] == ["Equal weight"]
