"""`LangGraphAdapter`: runs a named builder."""

from runtime.adapter import Adapter, AdapterContext, AdapterResult
from runtime.builders import build
from runtime.graph.execution import RunFacts
from runtime.state import OrchestrationState


class LangGraphAdapter(Adapter):
    """Run one of the named builders, drawn with the same nodes as everything else."""

    adapter_kind = "graph"
    adapter_category = "graph"
    adapter_tags = ("langgraph",)

    async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
        """Build `params.builder` with `params.builder_kwargs` and run it; raises `NotFound` for an unknown alias."""
        kwargs = context.params.get("builder_kwargs") or {}
        document = build(str(context.params.get("builder", "dialectical")), **kwargs)
        facts = RunFacts(
            run_id=context.workflow_run_id,
            workflow=context.workflow_spec_name,
            spec_hash=context.spec_hash,
            inputs=state.get("inputs", {}),
        )
        final = await context.engine.run(document, state, facts, context.transitions, lenient=True)
        return AdapterResult(state=final)
