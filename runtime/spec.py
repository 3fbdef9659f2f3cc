"""`WorkflowSpec`: what a workflow is, as data, and its hash."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
)

from runtime.errors import InvalidName, InvalidSpec

AdapterKind = Literal["graph", "crew", "debate", "fusion", "execution", "schedule", "studio"]
TemplateTarget = Literal["research", "selection", "trader", "analysis", "live", "paper", "utility"]
RESERVED_NAMES = frozenset({"runs", "halt", "adapters", "approvals"})
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,159}")


class Schedule(BaseModel):
    """When a workflow starts by itself; `interval_seconds` > 0 wins over `cron`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cron: str = ""
    interval_seconds: int = Field(default=0, ge=0)
    timezone: str = "UTC"
    enabled: bool = False


class Guardrails(BaseModel):
    """Limits that the runtime enforces around every transition."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cost_budget_usd: float = Field(default=5.0, ge=0, allow_inf_nan=False)
    max_calls: int = Field(default=100, ge=0)
    max_duration_seconds: int = Field(default=1800, ge=1)
    forbidden_terms: tuple[str, ...] = ()
    require_rationale: bool = False
    on_cost_breach: Literal["stop", "ask"] = "stop"
    """`ask`: the run waits for a person before its next transition instead of ending. Adapters without a drawing stop."""

    @model_serializer(mode="wrap")
    def _dumped(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Younger than the hash: left out where it says nothing new, so that the hash of every older spec stays what it was.
        fields: dict[str, Any] = dump(self)
        if self.on_cost_breach == "stop":
            fields.pop("on_cost_breach", None)
        return fields

    @field_validator("forbidden_terms")
    @classmethod
    def _lower(cls, terms: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(term.lower() for term in terms)


class WorkflowSpec(BaseModel):
    """One workflow: exactly one adapter, its parameters, its limits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: str = ""
    adapter: Annotated[str, Field(min_length=1, max_length=120)]
    adapter_kind: AdapterKind | None = None
    params: dict[str, Any] = Field(default_factory=dict[str, Any])
    max_rounds: int = Field(default=1, ge=1)
    schedule: Schedule = Schedule()
    guardrails: Guardrails = Guardrails()
    annotations: tuple[str, ...] = ()
    template_target: TemplateTarget = "utility"
    extras: dict[str, Any] = Field(default_factory=dict[str, Any])

    @field_validator("name")
    @classmethod
    def _usable_name(cls, name: str) -> str:
        return checked_name(name)

    @classmethod
    def parse(cls, payload: Mapping[str, Any]) -> Self:
        """Build a spec from untrusted data; raises `InvalidSpec` naming the first bad field."""
        try:
            spec = cls.model_validate(payload)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "spec"
            raise InvalidSpec(f"Field {field!r}: {sentence(first['msg'])}", field=field) from error
        bad = unstorable(spec.model_dump())
        if bad is not None:
            raise InvalidSpec(f"Field {bad!r}: must be a finite number.", field=bad)
        return spec

    def dump(self) -> dict[str, Any]:
        """Return the whole spec as JSON-ready data, defaults included."""
        return self.model_dump(mode="json")

    def snapshot_hash(self) -> str:
        """Return the SHA-256 hex of the canonical JSON of the whole spec."""
        return canonical_hash(self.dump())


_WORDS = {
    "Input should be": "Must be",
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid string": "text",
}


def sentence(message: str) -> str:
    """Turn a pydantic message into a sentence of ours: what must be, without how it was parsed."""
    words = message.removeprefix("Value error, ").partition(", unable to parse")[0]
    for theirs, ours in _WORDS.items():
        words = words.replace(theirs, ours)
    return words.rstrip(".") + "."


def checked_name(name: str) -> str:
    """Return `name` when a workflow may be called so; raises `InvalidName` (a ValueError too) otherwise."""
    if not NAME_PATTERN.fullmatch(name):
        raise _NameError(
            f"The name {name!r} cannot be used: 1 to 160 letters, digits, dots, dashes or underscores, "
            "starting with a letter or digit."
        )
    if name.lower() in RESERVED_NAMES:
        raise _NameError(f"The name {name!r} is reserved for the API. Choose another one.")
    return name


class _NameError(InvalidName, ValueError):
    """Raised inside pydantic as well, which collects ValueErrors only."""

    def __init__(self, message: str) -> None:
        InvalidName.__init__(self, message, field="name")


def unstorable(value: object, path: str = "") -> str | None:
    """Return the path of the first NaN or infinity in JSON-like data, or None."""
    if isinstance(value, float) and not math.isfinite(value):
        return path
    if isinstance(value, dict):
        children = ((f"{path}.{key}" if path else str(key), child) for key, child in value.items())  # pyright: ignore[reportUnknownVariableType]
    elif isinstance(value, list | tuple):
        children = ((f"{path}.{index}", child) for index, child in enumerate(value))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    else:
        return None
    return next((found for where, child in children if (found := unstorable(child, where)) is not None), None)


def canonical_json(value: object) -> str:
    """Return JSON with sorted keys and no spaces; raises ValueError on NaN or infinity."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_hash(value: object) -> str:
    """Return the SHA-256 hex of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
