"""Decision log: what was decided or rejected, written down in the run's own folder."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from runtime.decision.decision_log import appended, decision_entry, markdown
from runtime.node import Effects, Family, NodeConfig, NodeContext, NodeKind, Port


class DecisionLogConfig(NodeConfig):
    """The heading."""

    heading: str = Field(
        default="Decision",
        min_length=1,
        max_length=120,
        title="Heading",
        description="What the entry is called in the log.",
    )


class DecisionLog(NodeKind):
    """Runs only when a decision arrives: a branch that was not taken logs nothing and wipes nothing."""

    kind = "output.decision_log"
    title = "Decision log"
    family: ClassVar[Family] = "output"
    icon = "notebook-pen"
    summary = "Appends a decision, or why it was rejected, to the run's log and to a file in its folder."
    example: ClassVar[dict[str, Any]] = {"heading": "Rejected"}
    inputs = (
        Port(id="verdict", type="verdict", title="Verdict", required=False),
        Port(id="insight", type="insight", title="Insight", required=False),
    )
    outputs = (Port(id="entry", type="verdict", title="Entry"),)
    effects: ClassVar[Effects] = "local"
    writes = ("decision_log",)
    needs_any = True
    joins = True
    terminal = True
    headline = ("heading",)
    Config = DecisionLogConfig

    async def run(
        self, inputs: Mapping[str, Any], config: DecisionLogConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Write one entry."""
        record: Mapping[str, Any] = inputs.get("verdict") or inputs.get("insight") or {}
        entry = decision_entry(
            record,
            heading=config.heading,
            run_id=ctx.run_id,
            spec_name=ctx.workflow,
            now=ctx.clock.now(),
        )
        # One file per node: a node that is run again writes the same file again, never a second entry.
        name = hashlib.sha256(ctx.node_id.encode()).hexdigest()[:8]
        text = markdown(entry, json.dumps(entry, indent=2, sort_keys=True, ensure_ascii=False))
        (ctx.folder / f"decision-log-{name}.md").write_text(text, encoding="utf-8")
        ctx.side_effect()
        ctx.write("decision_log", appended(ctx.state, entry))
        return {"entry": entry}
