"""`WorkflowStudioAdapter`: runs what was drawn in the studio."""

from runtime.adapter import Adapter, AdapterContext, AdapterResult
from runtime.errors import InvalidSpec
from runtime.graph.document import GraphDocument
from runtime.graph.execution import RunFacts
from runtime.state import OrchestrationState


class WorkflowStudioAdapter(Adapter):
    """Compile the drawing in `params.graph` and run it."""

    adapter_kind = "studio"
    adapter_category = "studio"
    adapter_source = "langflow"
    adapter_tags = ("langgraph", "drawn")
    resumable = True

    async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
        """Run the drawing; raises `InvalidSpec` without one and `DrawingRefused` for one that cannot run."""
        graph = context.params.get("graph")
        if not isinstance(graph, dict):
            raise InvalidSpec(
                "Field 'params.graph': a drawing with nodes and edges is needed.", field="params.graph"
            )
        facts = RunFacts(
            run_id=context.workflow_run_id,
            workflow=context.workflow_spec_name,
            spec_hash=context.spec_hash,
            inputs=state.get("inputs", {}),
            actor=context.actor,
        )
        final = await context.engine.run(GraphDocument.parse(graph), state, facts, context.transitions)
        return AdapterResult(state=final)
