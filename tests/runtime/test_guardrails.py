"""Limits as pure checks: exactly at the limit is allowed, one step over is a breach that names both values."""

import pytest

from runtime.guardrails import Totals, content_breach, duration_breach, spending_breach
from runtime.spec import Guardrails
from runtime.values import Value

RAILS = Guardrails(cost_budget_usd=1.0, max_calls=3, max_duration_seconds=10, forbidden_terms=("moon",))


@pytest.mark.parametrize(
    ("spent", "sentence"),
    [
        (Totals(cost_usd=1.0, n_calls=3), None),
        (Totals(cost_usd=1.0001), "Guardrail cost: allowed 1 USD, met 1.0001 USD."),
        (Totals(n_calls=4), "Guardrail calls: allowed 3, met 4."),
    ],
)
def test_spending(spent: Totals, sentence: str | None) -> None:
    breach = spending_breach(RAILS, spent)

    assert (breach.sentence if breach else None) == sentence


@pytest.mark.parametrize(("elapsed", "breached"), [(9.99, False), (10.0, True)])
def test_duration_is_up_when_it_is_reached(elapsed: float, breached: bool) -> None:
    assert (duration_breach(RAILS, elapsed_seconds=elapsed) is not None) is breached


@pytest.mark.parametrize(
    ("value", "breached"),
    [
        (Value(type="text", data="to the MOON"), True),
        (Value(type="verdict", data={"deep": [{"thesis": "Moonshot"}]}), True),
        (Value(type="insight", data={"thesis": "down to earth"}), False),
        (Value(type="number", data=1.0), False),
    ],
)
def test_forbidden_terms_are_found_in_whatever_case_and_depth(value: Value, breached: bool) -> None:
    assert (content_breach(RAILS, {"out": value}) is not None) is breached


@pytest.mark.parametrize("key", ["rationale", "reason", "reasoning", "explanation", "thesis"])
def test_any_of_the_rationale_keys_will_do_unless_it_is_blank(key: str) -> None:
    rails = Guardrails(require_rationale=True)

    said, blank = (Value(type="verdict", data={key: words}) for words in ("because", "  "))

    assert content_breach(rails, {"out": said}) is None
    assert content_breach(rails, {"out": blank}) is not None


def test_reports_need_no_rationale() -> None:
    assert content_breach(Guardrails(require_rationale=True), {"out": Value(type="report", data={})}) is None
