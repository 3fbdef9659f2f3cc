"""Webhook: tells another system what the risk gate approved."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field, field_validator

from runtime.decision.fusion import finite
from runtime.errors import InvalidValue, Unavailable
from runtime.net.target import MAX_URL, check_reference, check_url
from runtime.node import Effects, Family, NodeConfig, NodeContext, NodeKind, Port
from runtime.ports import Delivery, Posting
from runtime.report import cell
from runtime.spec import canonical_json

MAX_REFERENCE = 120
SERVER_ERROR = 500


class WebhookConfig(NodeConfig):
    """Where to, and with which secret."""

    url: str = Field(
        default="https://example.com/hook",
        min_length=1,
        max_length=MAX_URL,
        title="Address",
        description=(
            "An http or https URL on the public internet, or env:ALPHASWARM_SECRET_NAME when the URL itself is secret. "
            "Redirects are not followed."
        ),
    )
    secret: str = Field(
        default="",
        max_length=MAX_REFERENCE,
        title="Secret",
        description="Sent as bearer token. A reference, env:ALPHASWARM_SECRET_NAME, never the secret itself. Empty: none.",
    )
    timeout_seconds: float = Field(
        default=10.0,
        ge=1,
        le=60,
        title="Timeout",
        description="For all of it, from looking up the name to the end of the answer.",
        json_schema_extra={"unit": "s"},
    )

    @field_validator("url")
    @classmethod
    def _reachable(cls, url: str) -> str:
        try:
            return check_url(url)
        except InvalidValue as error:
            raise ValueError(error.message) from error

    @field_validator("secret")
    @classmethod
    def _reference(cls, secret: str) -> str:
        try:
            return check_reference(secret) if secret else secret
        except InvalidValue as error:
            raise ValueError(error.message) from error


class Webhook(NodeKind):
    """Posts once per run, with an idempotency key of run and node; an answer that is no 2xx fails the run."""

    kind = "output.webhook"
    title = "Webhook"
    family: ClassVar[Family] = "output"
    icon = "webhook"
    summary = "Posts the approved weights, and a report if there is one, to another system as JSON."
    example: ClassVar[dict[str, Any]] = {"url": "https://example.com/hook", "timeout_seconds": 10}
    inputs = (
        Port(id="weights", type="weights", title="Approved weights"),
        Port(id="report", type="report", title="Report for people", required=False),
    )
    outputs = (Port(id="receipt", type="table", title="Receipt"),)
    effects: ClassVar[Effects] = "side_effect"
    terminal = True
    headline = ("url",)
    Config = WebhookConfig

    async def run(
        self, inputs: Mapping[str, Any], config: WebhookConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Post, and return what was answered; never what the answer said."""
        if ctx.outbound is None:
            raise Unavailable("This installation has no way out to other systems.")
        posting = Posting(
            url=config.url,
            secret=config.secret,
            body=payload(inputs, ctx),
            key=f"{ctx.run_id}:{ctx.node_id}",
            timeout_seconds=config.timeout_seconds,
        )
        # The last word of the halt sources before something is done that cannot be taken back.
        await ctx.refresh()
        delivery = await ctx.outbound.post(posting, sent=ctx.side_effect)
        _check_status(delivery)
        receipt = {
            "host": delivery.host,
            "status": delivery.status,
            "bytes_sent": len(posting.body),
            "bytes_received": delivery.received,
            "idempotency_key": posting.key,
        }
        return {"receipt": pd.DataFrame([receipt])}


def payload(inputs: Mapping[str, Any], ctx: NodeContext) -> bytes:
    """Return the JSON of the last approved weights; equal runs give equal bytes. Raises `InvalidValue` for none."""
    weights: pd.DataFrame = inputs["weights"]
    if weights.empty:
        raise InvalidValue("The approved weights have no rows: there is nothing to tell.", field="weights")
    record: dict[str, Any] = {
        "event": "weights_approved",
        "run_id": ctx.run_id,
        "workflow": ctx.workflow,
        "node": ctx.node_id,
        "decided_on": cell(weights.index[-1]),
        "weights": {str(symbol): finite(weight) or 0.0 for symbol, weight in weights.iloc[-1].items()},
    }
    if inputs.get("report") is not None:
        record["report"] = inputs["report"]
    return canonical_json(record).encode()


def _check_status(delivery: Delivery) -> None:
    status = delivery.status
    if 200 <= status < 300:  # noqa: PLR2004  the successes of HTTP
        return
    if 300 <= status < 400:  # noqa: PLR2004  its redirects
        raise InvalidValue(
            f"{delivery.host} answered {status}, a redirect, which is not followed. Give the final address.",
            field="url",
        )
    if status < SERVER_ERROR:
        raise InvalidValue(f"{delivery.host} refused the webhook with {status}.", field="url")
    raise Unavailable(f"{delivery.host} failed with {status}; it may have taken the webhook all the same.")
