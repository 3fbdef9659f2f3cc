"""What a spec is, what it refuses, and that its hash names its content."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import InvalidName, InvalidSpec
from runtime.library import shipped
from runtime.spec import RESERVED_NAMES, WorkflowSpec, checked_name, sentence

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def spec(**fields: object) -> WorkflowSpec:
    return WorkflowSpec.parse({"name": "research.one", "adapter": "WorkflowStudioAdapter", **fields})


def test_defaults_are_those_of_the_contract() -> None:
    made = spec()

    assert (made.max_rounds, made.template_target, made.schedule.timezone) == (1, "utility", "UTC")
    assert made.guardrails.model_dump(mode="json") == {
        "cost_budget_usd": 5.0,
        "max_calls": 100,
        "max_duration_seconds": 1800,
        "forbidden_terms": [],
        "require_rationale": False,
    }


def test_the_hash_is_that_of_the_canonical_json_of_all_fields() -> None:
    canonical = (
        '{"adapter":"WorkflowStudioAdapter","adapter_kind":null,"annotations":[],"description":"","extras":{},'
        '"guardrails":{"cost_budget_usd":5.0,"forbidden_terms":[],"max_calls":100,"max_duration_seconds":1800,'
        '"require_rationale":false},"max_rounds":1,"name":"research.one","params":{},'
        '"schedule":{"cron":"","enabled":false,"interval_seconds":0,"timezone":"UTC"},"template_target":"utility"}'
    )

    assert spec().snapshot_hash() == hashlib.sha256(canonical.encode()).hexdigest()


def test_a_field_that_came_later_leaves_the_hashes_of_before_as_they_were() -> None:
    momentum = next(entry.spec for entry in shipped() if entry.spec.name == "trader.momentum_paper")

    assert momentum.snapshot_hash() == "cbc009c54b91ca72735e9ac645530560c92caa723b8a75cfed30e6800aba33a3"
    assert spec(guardrails={"on_cost_breach": "stop"}).snapshot_hash() == spec().snapshot_hash()
    asking = spec(guardrails={"on_cost_breach": "ask"})
    assert asking.snapshot_hash() != spec().snapshot_hash()
    assert WorkflowSpec.parse(asking.dump()) == asking


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_parsing_what_was_dumped_gives_the_same_hash(params: dict[str, object]) -> None:
    made = spec(params=params)

    assert WorkflowSpec.parse(made.dump()).snapshot_hash() == made.snapshot_hash()


@pytest.mark.parametrize(
    "change",
    [
        {"description": "x"},
        {"max_rounds": 2},
        {"annotations": ["a"]},
        {"extras": {"a": 1}},
        {"guardrails": {"max_calls": 99}},
        {"schedule": {"cron": "0 9 * * 1"}},
    ],
    ids=str,
)
def test_any_change_of_a_field_changes_the_hash(change: dict[str, object]) -> None:
    assert spec(**change).snapshot_hash() != spec().snapshot_hash()


def test_forbidden_terms_are_lower_cased_on_load() -> None:
    assert spec(guardrails={"forbidden_terms": ["MoOn"]}).guardrails.forbidden_terms == ("moon",)


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"max_rounds": 0}, "max_rounds"),
        ({"adapter_kind": "magic"}, "adapter_kind"),
        ({"unheard_of": 1}, "unheard_of"),
        ({"guardrails": {"cost_budget_usd": "much"}}, "guardrails.cost_budget_usd"),
        ({"params": {"graph": {"nodes": [float("nan")]}}}, "params.graph.nodes.0"),
        ({"extras": {"a": float("inf")}}, "extras.a"),
        ({"adapter": ""}, "adapter"),
    ],
)
def test_a_bad_field_is_named(payload: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        spec(**payload)

    assert refused.value.field == field
    assert repr(field) in refused.value.message


@pytest.mark.parametrize(
    "name", ["", "a/b", "ü", "a b", ".a", "x" * 161, "a\nb", *sorted(RESERVED_NAMES), "RUNS"]
)
def test_a_name_that_cannot_stand_in_an_address_is_refused(name: str) -> None:
    with pytest.raises(InvalidName) as refused:
        checked_name(name)

    assert refused.value.field == "name"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Input should be greater than or equal to 10", "Must be at least 10."),
        (
            "Input should be a valid integer, unable to parse string as an integer",
            "Must be a whole number.",
        ),
        ("Value error, The start is after the end.", "The start is after the end."),
    ],
)
def test_what_pydantic_says_is_told_in_our_words(message: str, words: str) -> None:
    assert sentence(message) == words
