"""Inputs of a run as they are typed."""

import json
from typing import Any, cast

import typer


def parsed_inputs(text: str) -> dict[str, Any]:
    """Return a JSON object; what is none is bad usage."""
    try:
        value: object = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"It is not JSON: {error}.", param_hint="--inputs") from error
    if not isinstance(value, dict):
        raise typer.BadParameter("It must be a JSON object.", param_hint="--inputs")
    return cast(dict[str, Any], value)
