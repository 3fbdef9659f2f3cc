"""What a model costs: a table that the installation sets. No price is built in, because prices change."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from runtime.agents.record import Tokens
from runtime.errors import InvalidValue

VARIABLE = "ALPHASWARM_MODEL_PRICES"
MILLION = 1_000_000
MAX_BYTES = 1_000_000


class ModelPrice(BaseModel):
    """USD per million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    input: float = Field(ge=0.0)
    output: float = Field(ge=0.0)
    cached_input: float | None = Field(default=None, ge=0.0)
    """None: as `input`."""


_TABLE = TypeAdapter(dict[str, ModelPrice])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Model name (`openai:gpt-4o-mini`) → price."""

    prices: Mapping[str, ModelPrice]

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Return the table in `ALPHASWARM_MODEL_PRICES`: JSON, or the path of a JSON file. Raises `InvalidValue`."""
        text = environment.get(VARIABLE, "").strip()
        if not text:
            return cls(prices={})
        try:
            return cls(prices=_TABLE.validate_python(_parsed(text)))
        except (OSError, ValueError, ValidationError):
            raise InvalidValue(
                f"{VARIABLE} must be JSON such as "
                '{"openai:gpt-4o-mini": {"input": 0.15, "output": 0.6}}, in USD per million tokens, or a file of it.',
                field=VARIABLE,
            ) from None

    def knows(self, model: str) -> bool:
        """Say whether a model has a price."""
        return model in self.prices

    def cost(self, model: str, tokens: Tokens | None) -> float | None:
        """Return USD; None when the price or the tokens are not known."""
        price = self.prices.get(model)
        if price is None or tokens is None:
            return None
        cached = min(max(tokens.cached, 0), tokens.input)
        of_cached = price.input if price.cached_input is None else price.cached_input
        paid = (tokens.input - cached) * price.input + cached * of_cached + tokens.output * price.output
        return paid / MILLION


def _parsed(text: str) -> Any:  # noqa: ANN401  JSON
    if text.startswith("{"):
        return json.loads(text)
    with Path(text).open("rb") as file:
        return json.loads(file.read(MAX_BYTES))
