"""The words around a task: what an agent is told about itself, its tools and the form of its answer."""

import json

from runtime.agents.output import schema_of
from runtime.agents.spec import AgentSpec


def opening(spec: AgentSpec, task: str) -> tuple[str, str]:
    """Return the system message and the first human message."""
    parts = [f"You are: {spec.role}.", spec.system_prompt]
    if spec.tools:
        parts.append("Use the tools to check numbers; never state a number that you were not given.")
    if spec.output:
        parts.append(_form(spec))
    return "\n\n".join(parts), task


def repair_request(spec: AgentSpec, problem: str) -> str:
    """Return what a model is told whose answer could not be read."""
    return f"{problem}\n\n{_form(spec) if spec.output else 'Answer again.'}"


def _form(spec: AgentSpec) -> str:
    schema = json.dumps(schema_of(spec.output), sort_keys=True)
    return f"Answer with one JSON object and nothing else. Its JSON schema: {schema}"
