"""The limits on what an agent says: crossed by an answer, they reject the execution."""

from collections.abc import Mapping
from typing import Any

from runtime.agents.spec import AgentSpec
from runtime.errors import GuardrailBreached
from runtime.guardrails import content_breach
from runtime.spec import Guardrails
from runtime.values import Value


def refuse_output(spec: AgentSpec, output: Mapping[str, Any]) -> None:
    """Raise `GuardrailBreached` when an answer breaks a limit of its spec; the message names limit and value."""
    rails = spec.guardrails
    content = Guardrails(forbidden_terms=rails.forbidden_terms, require_rationale=rails.require_rationale)
    breach = content_breach(content, {"the answer": Value(type="insight", data=dict(output))})
    if breach is not None:
        raise GuardrailBreached(f"{breach.sentence.rstrip('.')}, by agent {spec.name}.")
    confidence = output.get("confidence")
    if isinstance(confidence, int | float) and confidence < rails.min_confidence:
        raise GuardrailBreached(
            f"Guardrail confidence of agent {spec.name}: at least {rails.min_confidence:g}, met {confidence:.2f}."
        )
