"""The two config fields by which a node says what thinks for it."""

from typing import Any, Literal

from pydantic import Field, ValidationInfo

from runtime.agents.spec import ModelChoice

Provider = Literal["quant", "model"]
PROVIDER: Any = Field(
    default="quant",
    title="Provider",
    description=(
        "What thinks. Quant computes from the data, offline and at no cost. Model asks the chat model named below; its key "
        "is read where the workers run."
    ),
)
MODEL: Any = Field(
    default="",
    max_length=240,
    title="Model",
    description="For the provider Model: provider and model, such as openai:gpt-4o-mini. Never a key.",
    validate_default=True,
)


def named_model(name: str, info: ValidationInfo) -> str:
    """Check the name of a model, wherever one is given or needed."""
    if name.strip() or info.data.get("provider") == "model":
        ModelChoice.named(name)
    return name
