"""`LangGraphAdapter`: runs a named builder."""

from collections.abc import Mapping
from typing import Any, cast

from runtime.adapter import Adapter, AdapterContext, AdapterResult
from runtime.builders import build
from runtime.errors import InvalidSpec
from runtime.graph.document import GraphDocument
from runtime.graph.execution import RunFacts
from runtime.settings import LiveSettings
from runtime.state import OrchestrationState

DEFAULT_BUILDER = "research"


class LangGraphAdapter(Adapter):
    """Run one of the named builders, drawn with the same nodes as everything else."""

    adapter_kind = "graph"
    adapter_category = "graph"
    adapter_tags = ("langgraph", "sequential_fallback")
    resumable = True

    async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
        """Build `params.builder` with `params.builder_kwargs` and run it.

        `params.use_langgraph`: null chooses, false runs the plan one node after the other. Raises `NotFound` for an unknown
        alias and `BuilderOff` for one whose flag is off.
        """
        live = await context.transitions.admit()
        document = document_of(context.params, live=live)
        facts = RunFacts(
            run_id=context.workflow_run_id,
            workflow=context.workflow_spec_name,
            spec_hash=context.spec_hash,
            inputs=state.get("inputs", {}),
            actor=context.actor,
        )
        final = await context.engine.run(
            document,
            state,
            facts,
            context.transitions,
            lenient=True,
            use_langgraph=_use_langgraph(context.params),
        )
        return AdapterResult(state=final)


def document_of(params: Mapping[str, Any], *, live: LiveSettings | None = None) -> GraphDocument:
    """Return the graph that params name, as it is drawn by the code of now; raises as `build` does."""
    kwargs = params.get("builder_kwargs") or {}
    if not isinstance(kwargs, dict) or "live" in kwargs:
        raise InvalidSpec(
            "Field 'params.builder_kwargs' must be an object with the builder's arguments.",
            field="params.builder_kwargs",
        )
    return build(str(params.get("builder") or DEFAULT_BUILDER), live=live, **cast(dict[str, Any], kwargs))


def _use_langgraph(params: Mapping[str, Any]) -> bool | None:
    asked = params.get("use_langgraph")
    if asked is not None and not isinstance(asked, bool):
        raise InvalidSpec(
            "Field 'params.use_langgraph' must be true, false or null.", field="params.use_langgraph"
        )
    return asked
