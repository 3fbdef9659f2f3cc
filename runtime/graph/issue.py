"""A problem of a drawing: data, never an exception. All of them are collected, each with a place and a way out."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One problem. Codes are stable and never reused."""

    code: str
    severity: Severity
    message: str
    """What is wrong, in one sentence."""
    fix: str
    """What to do about it."""
    node: str = ""
    edge: str = ""
    field: str = ""


CODES: dict[str, str] = {
    "G001": "too large",
    "G002": "duplicate id",
    "G003": "dangling wire",
    "G101": "unknown kind",
    "G102": "bad config",
    "G103": "kind is newer than this installation",
    "G104": "capability off",
    "G105": "optional package missing",
    "G201": "unknown port",
    "G202": "type mismatch",
    "G203": "missing input",
    "G204": "two wires in one input",
    "G301": "unbounded cycle",
    "G302": "unreachable node",
    "G303": "no output",
    "G304": "side effect not behind the risk gate",
    "G305": "two writers of one slot",
    "G401": "workflow cannot be used",
    "G402": "workflows that contain one another",
    "G403": "too much inside",
    "G404": "error inside a workflow that is used",
    "G405": "workflow does not fit",
    "G406": "asks a person where nothing can wait",
}
