"""`AgentSpec`: who an agent is, what it may use and what it must answer with, as data; and its hash."""

import re
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from runtime.errors import InvalidSpec
from runtime.spec import canonical_hash, checked_name, sentence

URL_REFERENCE = re.compile(r"env:[A-Z][A-Z0-9_]*_BASE_URL")
KEY_REFERENCE = re.compile(r"env:ALPHASWARM_SECRET_[A-Z0-9_]+")
MODEL_NAME = re.compile(r"([a-z][a-z0-9_]*):([A-Za-z0-9][A-Za-z0-9._:/@-]{0,199})")
_LIKE_A_KEY = re.compile(r"\b(sk|pk|xai|gsk|hf)[-_][A-Za-z0-9_-]{8,}")


class OutputField(BaseModel):
    """One field of the JSON object that an agent answers with."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    type: Literal["text", "number", "integer", "boolean"] = "text"
    description: str = ""
    choices: tuple[str, ...] = ()
    """Texts only: nothing else may be said."""
    minimum: float | None = None
    maximum: float | None = None
    required: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.choices and self.type != "text":
            raise ValueError("Only texts have choices.")
        if (self.minimum is not None or self.maximum is not None) and self.type not in ("number", "integer"):
            raise ValueError("Only numbers have bounds.")
        return self


class ModelChoice(BaseModel):
    """Which chat model thinks, and how it is reached. Keys stay in the environment; a spec can only name them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    provider: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """As LangChain's `init_chat_model` calls it: openai, anthropic, ollama …"""
    model: str = Field(min_length=1, max_length=200)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    streaming: bool = True
    base_url_ref: str = ""
    """`env:…_BASE_URL`. No URL itself: whoever writes a spec must not decide where the installation's keys are sent."""
    api_key_ref: str = ""
    """`env:ALPHASWARM_SECRET_…`; empty for the variable that the provider's own client reads."""

    @field_validator("model")
    @classmethod
    def _no_key(cls, model: str) -> str:
        if _LIKE_A_KEY.search(model):
            raise ValueError(
                "This looks like a key. Keys belong into the environment, never into a workflow."
            )
        return model

    @field_validator("base_url_ref")
    @classmethod
    def _names_a_url(cls, reference: str) -> str:
        if reference and URL_REFERENCE.fullmatch(reference) is None:
            raise ValueError(
                "An address is written env:NAME_BASE_URL, a variable of the workers' environment."
            )
        return reference

    @field_validator("api_key_ref")
    @classmethod
    def _names_a_key(cls, reference: str) -> str:
        if reference and KEY_REFERENCE.fullmatch(reference) is None:
            raise ValueError(
                "A key is written env:ALPHASWARM_SECRET_NAME. Never write a key into a workflow."
            )
        return reference

    @property
    def is_quant(self) -> bool:
        """Whether nothing is asked but the data."""
        return self.provider == "quant"

    @property
    def name(self) -> str:
        """Provider and model as one name, `openai:gpt-4o-mini`."""
        return f"{self.provider}:{self.model}"

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the choice that a `provider:model` name stands for; raises a ValueError that says how to write one."""
        found = MODEL_NAME.fullmatch(name.strip())
        if found is None:
            raise ValueError("A model is written provider:model, such as openai:gpt-4o-mini.")
        cls._no_key(found[2])
        return cls(provider=found[1], model=found[2])


QUANT = ModelChoice(provider="quant", model="measures")
"""No chat model: what it thinks is computed from the data, offline and at no cost."""


class AgentGuardrails(BaseModel):
    """Limits of one execution of an agent; those of the run hold as well."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    max_cost_usd: float = Field(default=1.0, ge=0.0)
    max_calls: int = Field(default=20, ge=1, le=1000)
    """Requests to the model, those that failed included."""
    forbidden_terms: tuple[str, ...] = ()
    """What an answer must not hold, whatever the case of its letters."""
    require_rationale: bool = False
    """An answer must give a reason, in a field of one of the usual names."""
    min_confidence: float = Field(default=0.0, ge=0.0, le=1.0)
    """An answer that is less sure is refused."""


class AgentSpec(BaseModel):
    """One agent."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    role: str = Field(min_length=1, max_length=200)
    system_prompt: str = Field(min_length=1, max_length=20_000)
    model: ModelChoice = QUANT
    tools: tuple[str, ...] = ()
    """Names of `runtime.agents.tools`."""
    memory: int = Field(default=0, ge=0, le=20)
    """Of how many past decisions in similar situations it is reminded; 0 for an agent without a memory."""
    guardrails: AgentGuardrails = AgentGuardrails()
    output: tuple[OutputField, ...] = ()
    """Fields of the JSON object it answers with; empty for free text."""
    timeout_seconds: float = Field(default=60.0, gt=0.0, le=3600.0)
    """For one request to the model."""
    retries: int = Field(default=3, ge=0, le=10)
    """How often one request is sent again after it failed for a reason that passes."""

    @field_validator("name")
    @classmethod
    def _usable_name(cls, name: str) -> str:
        return checked_name(name)

    @field_validator("output")
    @classmethod
    def _unique(cls, fields: tuple[OutputField, ...]) -> tuple[OutputField, ...]:
        if len({field.name for field in fields}) < len(fields):
            raise ValueError("Two fields of the output have the same name.")
        return fields

    @classmethod
    def parse(cls, payload: Mapping[str, Any]) -> Self:
        """Build a spec from untrusted data; raises `InvalidSpec` naming the first bad field."""
        try:
            return cls.model_validate(payload)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "agent"
            raise InvalidSpec(f"Field {field!r}: {sentence(first['msg'])}", field=field) from None

    def dump(self) -> dict[str, Any]:
        """Return the whole spec as JSON-ready data, defaults included."""
        return self.model_dump(mode="json")

    def snapshot_hash(self) -> str:
        """Return the SHA-256 hex of the canonical JSON of the whole spec, as a `WorkflowSpec`'s."""
        return canonical_hash(self.dump())
