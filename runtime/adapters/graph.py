"""`LangGraphAdapter`: runs a named builder."""

from collections.abc import Mapping
from typing import Any, cast

from runtime.adapter import Adapter, AdapterContext, AdapterResult
from runtime.builders import build
from runtime.errors import InvalidSpec
from runtime.graph.execution import RunFacts
from runtime.state import OrchestrationState

DEFAULT_BUILDER = "research"


class LangGraphAdapter(Adapter):
    """Run one of the named builders, drawn with the same nodes as everything else."""

    adapter_kind = "graph"
    adapter_category = "graph"
    adapter_tags = ("langgraph", "sequential_fallback")

    async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
        """Build `params.builder` with `params.builder_kwargs` and run it.

        `params.use_langgraph`: null chooses, false runs the plan one node after the other. Raises `NotFound` for an unknown
        alias and `BuilderOff` for one whose flag is off.
        """
        kwargs, use_langgraph = _arguments(context.params)
        live = await context.transitions.admit()
        document = build(str(context.params.get("builder") or DEFAULT_BUILDER), live=live, **kwargs)
        facts = RunFacts(
            run_id=context.workflow_run_id,
            workflow=context.workflow_spec_name,
            spec_hash=context.spec_hash,
            inputs=state.get("inputs", {}),
        )
        final = await context.engine.run(
            document, state, facts, context.transitions, lenient=True, use_langgraph=use_langgraph
        )
        return AdapterResult(state=final)


def _arguments(params: Mapping[str, Any]) -> tuple[dict[str, Any], bool | None]:
    kwargs, use_langgraph = params.get("builder_kwargs") or {}, params.get("use_langgraph")
    if not isinstance(kwargs, dict) or "live" in kwargs:
        raise InvalidSpec(
            "Field 'params.builder_kwargs' must be an object with the builder's arguments.",
            field="params.builder_kwargs",
        )
    if use_langgraph is not None and not isinstance(use_langgraph, bool):
        raise InvalidSpec(
            "Field 'params.use_langgraph' must be true, false or null.", field="params.use_langgraph"
        )
    return cast(dict[str, Any], kwargs), use_langgraph
