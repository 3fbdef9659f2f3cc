"""The answer an agent must give: a JSON object with the spec's fields, and nothing that is not in them."""

import json
import re
from collections.abc import Sequence
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from runtime.agents.spec import OutputField
from runtime.errors import InvalidValue
from runtime.spec import sentence

MAX_TEXT = 20_000
"""Characters of one text of an answer."""
_FENCED = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
_PLAIN: dict[str, Any] = {"text": str, "number": float, "integer": int, "boolean": bool}


def schema_of(fields: Sequence[OutputField]) -> dict[str, Any]:
    """Return the JSON schema of the answer."""
    return _model(fields).model_json_schema()


def read_answer(fields: Sequence[OutputField], text: str) -> dict[str, Any]:
    """Return the fields of an answer; raises `InvalidValue` with every problem, in words a model can act on.

    Fields that were not asked for are dropped; optional ones that were not given are left out.
    """
    if not fields:
        if not text.strip():
            raise InvalidValue("The answer is empty.", field="output")
        return {"text": text[:MAX_TEXT]}
    data = _json_object(text)
    try:
        answer = _model(fields).model_validate(data, strict=True)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in each['loc'])}: {sentence(each['msg']).rstrip('.')}"
            for each in error.errors(include_input=False, include_url=False)
        )
        raise InvalidValue(f"The answer does not fit: {problems}.", field="output") from None
    return answer.model_dump(exclude_none=True)


def _json_object(text: str) -> dict[str, Any]:
    fenced = _FENCED.search(text)
    candidate = (fenced[1] if fenced else text).strip()
    start = candidate.find("{")
    if start < 0:
        raise InvalidValue("The answer holds no JSON object.", field="output")
    try:
        data, _ = json.JSONDecoder(parse_constant=_refuse).raw_decode(candidate, start)
    except (ValueError, RecursionError) as error:
        raise InvalidValue(f"The answer is no valid JSON: {error}.", field="output") from None
    # What starts with a brace decodes to an object, or not at all.
    return cast(dict[str, Any], data)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON number")


def _model(fields: Sequence[OutputField]) -> type[BaseModel]:
    definitions: dict[str, Any] = {field.name: _definition(field) for field in fields}
    return create_model("Answer", __config__=ConfigDict(extra="ignore", allow_inf_nan=False), **definitions)


def _definition(field: OutputField) -> tuple[Any, Any]:
    kind: Any = Literal[field.choices] if field.choices else _PLAIN[field.type]
    limits: dict[str, Any] = {}
    if field.type in ("number", "integer"):
        limits = {"ge": field.minimum, "le": field.maximum}
    elif field.type == "text" and not field.choices:
        limits = {"max_length": MAX_TEXT}
    described = field.description or None
    if field.required:
        return kind, Field(description=described, **limits)
    return kind | None, Field(default=None, description=described, **limits)
