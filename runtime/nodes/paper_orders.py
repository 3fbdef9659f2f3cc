"""Paper orders: bring a paper account to the approved weights."""

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from runtime.decision.fusion import finite
from runtime.errors import InvalidValue
from runtime.node import NodeConfig, NodeContext, NodeKind, Port
from runtime.paper.rebalance import Costs, Plan, Trade, plan_rebalance
from runtime.ports import OrderReceipt, OrderRequest, PlacedOrder
from runtime.report import cell
from runtime.reporting.orders import orders_report, orders_table

MAX_ACCOUNT = 80


class PaperOrdersConfig(NodeConfig):
    """Which account, and what trading costs."""

    account: str = Field(
        default="",
        max_length=MAX_ACCOUNT,
        title="Account",
        description="Name of the paper account. Empty: this workflow's own.",
    )
    initial_cash: float = Field(
        default=100_000.0,
        gt=0,
        le=1e12,
        title="Initial cash",
        description="What a new account is opened with.",
        json_schema_extra={"unit": "USD"},
    )
    fee_bps: float = Field(
        default=1.0,
        ge=0,
        le=500,
        title="Fee",
        description="Broker's fee on the traded value.",
        json_schema_extra={"unit": "bps"},
    )
    slippage_bps: float = Field(
        default=2.0,
        ge=0,
        le=500,
        title="Slippage",
        description="How far each fill is worse than the last close.",
        json_schema_extra={"unit": "bps"},
    )
    min_trade_usd: float = Field(
        default=50.0,
        ge=0,
        le=1e9,
        title="Smallest trade",
        description="Differences below this are left alone.",
        json_schema_extra={"unit": "USD"},
    )


class PaperOrders(NodeKind):
    """Sells first, then buys what the cash can pay for; a transition that is replayed orders nothing twice."""

    kind = "output.paper_orders"
    title = "Paper orders"
    family = "output"
    icon = "receipt"
    summary = "Trades a paper account to the approved weights at the last close, with fees and slippage."
    example: ClassVar[dict[str, Any]] = {
        "account": "example",
        "initial_cash": 100_000,
        "fee_bps": 1,
        "slippage_bps": 2,
    }
    inputs = (
        Port(id="weights", type="weights", title="Approved weights"),
        Port(id="prices", type="prices", title="Prices"),
    )
    outputs = (
        Port(id="orders", type="table", title="Orders"),
        Port(id="report", type="report", title="Order report"),
    )
    effects = "side_effect"
    terminal = True
    headline = ("account", "initial_cash", "fee_bps")
    Config = PaperOrdersConfig

    async def run(
        self, inputs: Mapping[str, Any], config: PaperOrdersConfig, ctx: NodeContext
    ) -> Mapping[str, Any]:
        """Plan against the account as it is, place all orders in one call."""
        weights, prices = inputs["weights"], _last_closes(inputs["prices"])
        if weights.empty:
            raise InvalidValue(
                "The approved weights have no rows: there is no target to trade to.", field="weights"
            )
        account = config.account or own_account(ctx.workflow)
        before = await ctx.orders.account(account, initial_cash=config.initial_cash)
        target = {str(symbol): finite(weight) or 0.0 for symbol, weight in weights.iloc[-1].items()}
        decision = str(cell(weights.index[-1]))
        # A node that is resumed after it had ordered finds the account traded: what it did is in the books.
        earlier = [
            order
            for order in await ctx.orders.placed_by(ctx.node_id)
            if order.key == order_key(order.symbol, decision, ctx)
        ]
        plan = plan_rebalance(
            cash=before.cash,
            positions=before.positions,
            target=target,
            prices=prices,
            costs=Costs(fee_bps=config.fee_bps, slippage_bps=config.slippage_bps),
            min_trade_usd=config.min_trade_usd,
        )
        plan = _without(plan, {order.symbol for order in earlier})
        receipts = await _placed(_requests(plan, account, decision, ctx), config, ctx)
        plan, receipts = _with_earlier(plan, receipts, earlier, prices)
        after = await ctx.orders.account(account, initial_cash=config.initial_cash)
        orders = orders_table(plan.trades, receipts)
        report = orders_report(account=account, plan=plan, receipts=receipts, after=after, prices=prices)
        return {"orders": orders, "report": report}


def _requests(plan: Plan, account: str, decision: str, ctx: NodeContext) -> list[OrderRequest]:
    return [
        OrderRequest(
            key=order_key(trade.symbol, decision, ctx),
            run_id=ctx.run_id,
            workflow=ctx.workflow,
            node_id=ctx.node_id,
            account=account,
            symbol=trade.symbol,
            side=trade.side,
            quantity=trade.quantity,
            reference_price=trade.reference_price,
        )
        for trade in plan.trades
    ]


def own_account(workflow: str) -> str:
    """Return the name of a workflow's own account; a name too long for an account is cut and told apart by a digest."""
    if len(workflow) <= MAX_ACCOUNT:
        return workflow
    digest = hashlib.sha256(workflow.encode()).hexdigest()[:16]
    return f"{workflow[: MAX_ACCOUNT - 17]}-{digest}"


def order_key(symbol: str, decision: str, ctx: NodeContext) -> str:
    """Return the key under which an order can happen only once."""
    return f"{ctx.run_id}:{ctx.node_id}:{symbol}:{decision}"


def _without(plan: Plan, symbols: Set[str]) -> Plan:
    """Return the plan without the trades of these symbols: they were ordered before."""
    return replace(plan, trades=tuple(trade for trade in plan.trades if trade.symbol not in symbols))


def _with_earlier(
    plan: Plan, receipts: list[OrderReceipt], earlier: Sequence[PlacedOrder], prices: Mapping[str, float]
) -> tuple[Plan, list[OrderReceipt]]:
    """Return plan and receipts with the orders in front that were placed before, sells first."""
    placed = sorted(earlier, key=lambda order: (order.side == "buy", order.symbol))
    trades = tuple(
        Trade(
            symbol=order.symbol,
            side=order.side,
            quantity=order.quantity,
            reference_price=prices.get(order.symbol, order.receipt.price),
        )
        for order in placed
    )
    before = [order.receipt for order in placed]
    return replace(plan, trades=(*trades, *plan.trades)), [*before, *receipts]


async def _placed(
    requests: Sequence[OrderRequest], config: PaperOrdersConfig, ctx: NodeContext
) -> list[OrderReceipt]:
    if not requests:
        return []
    receipts = await ctx.orders.place(requests, fee_bps=config.fee_bps, slippage_bps=config.slippage_bps)
    if any(receipt.created for receipt in receipts):
        ctx.side_effect()
    return receipts


def _last_closes(prices: pd.DataFrame) -> dict[str, float]:
    """Return each symbol's last known close in USD."""
    if prices.empty:
        return {}
    last = {str(symbol): finite(close) for symbol, close in prices.ffill().iloc[-1].items()}
    return {symbol: close for symbol, close in last.items() if close is not None}
