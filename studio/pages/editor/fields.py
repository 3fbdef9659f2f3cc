"""The form of a node, from the JSON schema of its kind's pydantic config: what to draw, and what was meant by what was typed.

A field keeps what was typed even when it is wrong: the text is stored, validation says what is the matter, and the form
shows both. An empty field means the default.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

from pydantic import BaseModel

from runtime.graph.issue import Issue

Control = Literal["text", "long", "integer", "number", "switch", "select", "date", "tags", "json"]
LONG_TEXT = 200
"""Texts that may be longer than this get several lines."""


class Configured(Protocol):
    """What has a config with a form: a node kind, or a desk."""

    @property
    def Config(self) -> type[BaseModel]:
        """Return the model."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option of a select."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One field of the inspector."""

    name: str
    title: str
    help: str
    unit: str
    bounds: str
    """What is allowed, in words: `10 to 2,520`; empty when anything is."""
    control: str
    value: str
    on: bool
    tags: list[str]
    choices: list[Choice]
    placeholder: str
    error: str
    is_default: bool
    key: str
    """Changes when the field must show another value than what is being typed into it."""


def field_views(
    kind: Configured,
    config: Mapping[str, Any],
    issues: Sequence[Issue],
    *,
    revision: int,
    before: Sequence[FieldView] = (),
    typed: str = "",
    workflows: Sequence[str] = (),
) -> list[FieldView]:
    """Return the form of a node.

    `workflows`: the names that a field with `json_schema_extra={"choices": "workflows"}` offers.
    `issues` are those of the node. `before` is the same node's form as it stands on the screen and `typed` the field
    that somebody is typing into: that one is not drawn anew.
    """
    schema = kind.Config.model_json_schema()
    shown = {view.name: view for view in before}
    return [
        _view(
            name,
            _resolved(prop, schema),
            config,
            issues,
            revision=revision,
            shown=shown.get(name),
            typed=typed == name,
            workflows=workflows,
        )
        for name, prop in cast(dict[str, dict[str, Any]], schema.get("properties", {})).items()
    ]


def parse_field(kind: Configured, name: str, text: str) -> Any:  # noqa: ANN401  JSON
    """Return what is stored for what was typed; None means the default. Text that does not fit is stored as it is."""
    schema = kind.Config.model_json_schema()
    prop = _resolved(schema.get("properties", {}).get(name, {}), schema)
    control = control_of(prop)
    if control in ("text", "long"):
        return text if text != str(prop.get("default") or "") else None
    if text.strip() == "":
        return None
    match control:
        case "integer" | "number":
            return _number(text, whole=control == "integer")
        case "select":
            return next((each for each in _options(prop) if str(each) == text), text)
        case "json":
            return _json(text)
        case _:
            return text.strip()


def control_of(prop: Mapping[str, Any]) -> Control:
    """Return how a property is edited."""
    if _options(prop) or _picks_workflow(prop):
        return "select"
    kind = str(prop.get("type", ""))
    if kind == "array":
        return "tags" if cast(dict[str, Any], prop.get("items", {})).get("type") == "string" else "json"
    return _text_control(prop) if kind == "string" else _BY_TYPE.get(kind, "json")


_BY_TYPE: dict[str, Control] = {"boolean": "switch", "integer": "integer", "number": "number"}


def _text_control(prop: Mapping[str, Any]) -> Control:
    if prop.get("format") == "date":
        return "date"
    return "long" if int(prop.get("maxLength", 0)) > LONG_TEXT else "text"


def _view(
    name: str,
    prop: Mapping[str, Any],
    config: Mapping[str, Any],
    issues: Sequence[Issue],
    *,
    revision: int,
    shown: FieldView | None,
    typed: bool,
    workflows: Sequence[str],
) -> FieldView:
    default = prop.get("default", [] if prop.get("type") == "array" else None)
    value = config.get(name, default)
    control = control_of(prop)
    text = (
        _text(value, control)
        if name in config
        else ("" if control in _EMPTY_IS_DEFAULT else _text(value, control))
    )
    kept = shown is not None and (typed or shown.value == text)
    return FieldView(
        name=name,
        title=str(prop.get("title") or name),
        help=str(prop.get("description", "")),
        unit=str(prop.get("unit", "")),
        bounds=_bounds(prop),
        control=control,
        value=text,
        on=value is True,
        tags=[str(each) for each in cast(list[Any], value)] if isinstance(value, list) else [],
        choices=_choices(prop, workflows, text),
        placeholder=_text(default, control) or ("none" if prop.get("nullable") else ""),
        error=" ".join(_reason(issue) for issue in issues if issue.field == name),
        is_default=name not in config or config[name] == default,
        key=shown.key if kept and shown else f"{name}.{revision}",
    )


def _picks_workflow(prop: Mapping[str, Any]) -> bool:
    return prop.get("choices") == "workflows"


def _choices(prop: Mapping[str, Any], workflows: Sequence[str], chosen: str) -> list[Choice]:
    """Return the options; a workflow that is named but not there any more stays one, so that the field shows it."""
    if not _picks_workflow(prop):
        return [Choice(value=str(each), label=choice_label(str(each))) for each in _options(prop)]
    there = [Choice(value=name, label=name) for name in workflows]
    gone = [Choice(value=chosen, label=f"{chosen} (not there)")] if chosen not in ("", *workflows) else []
    return [Choice(value="", label="Choose a workflow …"), *there, *gone]


_EMPTY_IS_DEFAULT: frozenset[Control] = frozenset({"integer", "number", "date", "json"})
"""Fields that show their default as a placeholder, in gray, while nothing is stored."""


def choice_label(value: str) -> str:
    """Return an option as words: `time_series` → `Time series`."""
    words = value.replace("_", " ")
    return words[:1].upper() + words[1:]


def _reason(issue: Issue) -> str:
    """Return the sentence without the node and field that stand above it anyway: `Momentum, Look back: …`."""
    _, separator, rest = issue.message.partition(": ")
    return rest[:1].upper() + rest[1:] if separator else issue.message


def _resolved(prop: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a property with references followed and `X or null` taken as X that may be empty."""
    merged = dict(prop)
    options = [
        each for each in cast(list[dict[str, Any]], prop.get("anyOf", [])) if each.get("type") != "null"
    ]
    if len(options) == 1:
        merged = {
            **options[0],
            **{key: value for key, value in prop.items() if key != "anyOf"},
            "nullable": True,
        }
    reference = str(merged.pop("$ref", ""))
    if reference:
        target = cast(dict[str, Any], schema.get("$defs", {})).get(reference.rpartition("/")[2], {})
        merged = {**target, **merged}
    return merged


def _options(prop: Mapping[str, Any]) -> list[Any]:
    return list(prop.get("enum", [prop["const"]] if "const" in prop else []))


def _bounds(prop: Mapping[str, Any]) -> str:
    low, high = prop.get("minimum"), prop.get("maximum")
    above, below = prop.get("exclusiveMinimum"), prop.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f"{low:,g} to {high:,g}"
    words = [
        *([f"at least {low:,g}"] if low is not None else []),
        *([f"more than {above:,g}"] if above is not None else []),
        *([f"at most {high:,g}"] if high is not None else []),
        *([f"less than {below:,g}"] if below is not None else []),
    ]
    text = " and ".join(words)
    return text[:1].upper() + text[1:]


def _text(value: Any, control: Control) -> str:  # noqa: ANN401  JSON
    if value is None:
        return ""
    if control == "json" and not isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if not value.is_integer() else f"{value:.0f}"
    if isinstance(value, list):
        return ", ".join(str(each) for each in cast(list[Any], value))
    return str(value)


def _number(text: str, *, whole: bool) -> int | float | str:
    plain = text.strip().replace(",", "").replace("_", "")
    try:
        number = float(plain)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if whole and number.is_integer() else number


def _json(text: str) -> Any:  # noqa: ANN401  JSON
    try:
        value = json.loads(text, parse_constant=str)
    except ValueError:
        return text
    return value
