"""Approval: the run waits until a person says yes or no."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from runtime.approvals import Who
from runtime.node import NodeConfig, NodeContext, NodeKind, Port, as_value

MAX_QUESTION = 500
LONGEST_WAIT = 30 * 86_400


class ApprovalConfig(NodeConfig):
    """What is asked, of whom, and for how long."""

    question: str = Field(
        default="May this go on?",
        min_length=1,
        max_length=MAX_QUESTION,
        title="Question",
        description="What the person who answers is asked.",
    )
    who: Who = Field(
        default="operator",
        title="Who may answer",
        description="operator: operators and admins. admin: admins only.",
    )
    timeout_seconds: int = Field(
        default=0,
        ge=0,
        le=LONGEST_WAIT,
        title="Timeout",
        description="After so long without an answer it counts as rejected. 0: it waits for ever.",
        json_schema_extra={"unit": "s"},
    )


class Approval(NodeKind):
    """Hands its input on, unchanged, by one of two ports; until somebody answers, the run waits and keeps no worker."""

    kind = "control.approval"
    title = "Approval"
    family = "control"
    icon = "hand"
    summary = "Waits until a person approves or rejects, then hands its input on unchanged."
    example: ClassVar[dict[str, Any]] = {"question": "Send these orders?", "timeout_seconds": 3600}
    inputs = (Port(id="value", type="any", title="Value"),)
    outputs = (
        Port(id="approved", type="any", title="Approved", same_as="value"),
        Port(id="rejected", type="any", title="Rejected", same_as="value"),
    )
    headline = ("question",)
    asks = True
    Config = ApprovalConfig

    async def run(
        self, inputs: Mapping[str, Any], config: ApprovalConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Ask; with the answer, take one of the branches."""
        value = as_value(inputs["value"])
        answer = await ctx.ask(
            config.question, who=config.who, timeout_seconds=config.timeout_seconds or None
        )
        ctx.note("answer", "approved" if answer.approved else "rejected")
        ctx.note("answered_by", answer.by)
        if answer.comment:
            ctx.note("comment", answer.comment)
        return {"approved" if answer.approved else "rejected": value}
