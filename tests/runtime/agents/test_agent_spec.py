"""An agent as data: its hash, and what it must never hold."""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.agents.record import Tokens
from runtime.agents.spec import AgentSpec, ModelChoice
from runtime.agents.tariff import VARIABLE, Tariff
from runtime.errors import InvalidSpec, InvalidValue
from runtime.spec import canonical_hash
from tests.runtime.agents.agent_cases import agent_spec


def test_a_spec_survives_json_with_the_same_hash() -> None:
    spec = agent_spec()

    again = AgentSpec.parse(json.loads(json.dumps(spec.dump())))

    assert again == spec
    assert again.snapshot_hash() == spec.snapshot_hash() == canonical_hash(spec.dump())


def test_every_field_is_part_of_the_hash() -> None:
    changed = [
        agent_spec(role="Other"),
        agent_spec(timeout_seconds=1.0),
        agent_spec(retries=1),
        agent_spec(tools=["momentum"]),
        agent_spec(guardrails={"max_calls": 3}),
        agent_spec(model={"temperature": 0.5}),
    ]

    assert len({spec.snapshot_hash() for spec in [agent_spec(), *changed]}) == 7


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"model": {"base_url_ref": "https://evil.example/v1"}}, "model.base_url_ref"),
        ({"model": {"base_url_ref": "env:OPENAI_API_KEY"}}, "model.base_url_ref"),
        ({"model": {"api_key_ref": "sk-proj-0123456789"}}, "model.api_key_ref"),
        ({"model": {"api_key_ref": "env:ALPHASWARM_DATABASE_URL"}}, "model.api_key_ref"),
        ({"model": {"model": "sk-proj-0123456789"}}, "model.model"),
        ({"model": {"temperature": float("nan")}}, "model.temperature"),
        ({"model": {"api_key": "x"}}, "model.api_key"),
        ({"output": [{"name": "a"}, {"name": "a"}]}, "output"),
        ({"output": [{"name": "a", "minimum": 1}]}, "output.0"),
        ({"name": "../etc"}, "name"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
    ],
)
def test_a_bad_field_is_named_and_not_repeated(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        agent_spec(**fields)

    assert refused.value.field == field
    assert "sk-proj" not in refused.value.message


def test_a_model_name_may_hold_colons() -> None:
    choice = ModelChoice.named("ollama:llama3:8b")

    assert (choice.provider, choice.model, choice.name) == ("ollama", "llama3:8b", "ollama:llama3:8b")


def test_prices_are_per_million_tokens_and_cached_ones_may_cost_less(tmp_path: Path) -> None:
    table = '{"openai:a": {"input": 2.0, "output": 8.0, "cached_input": 0.5}}'
    file = tmp_path / "prices.json"
    file.write_text(table)

    for source in (table, str(file)):
        tariff = Tariff.read({VARIABLE: source})
        assert tariff.cost("openai:a", Tokens(input=1000, output=100, cached=400)) == pytest.approx(
            (600 * 2.0 + 400 * 0.5 + 100 * 8.0) / 1e6
        )
        assert tariff.cost("openai:b", Tokens(input=1, output=1)) is None
        assert tariff.cost("openai:a", None) is None


@pytest.mark.parametrize(
    "text", ["{", '{"openai:a": {"input": -1, "output": 1}}', "/no/such/file", '{"a": 1}']
)
def test_a_bad_table_of_prices_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match=VARIABLE):
        Tariff.read({VARIABLE: text})
