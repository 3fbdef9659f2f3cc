"""Orders and the account after them, as a table and a report."""

import math
from collections.abc import Mapping, Sequence
from itertools import zip_longest

import pandas as pd

from runtime.paper.rebalance import Plan, Trade
from runtime.ports import Account, OrderReceipt
from runtime.report import Chart, Metric, Report, Series, Table, Text, empty_report
from runtime.reporting.charts import table_of

COLUMNS = ("symbol", "side", "quantity", "price", "fee", "status", "reason")


def orders_table(trades: Sequence[Trade], receipts: Sequence[OrderReceipt]) -> pd.DataFrame:
    """Return one row per order, sells first: quantity in shares, price in USD per share, fee in USD."""
    rows = [
        (
            trade.symbol,
            trade.side,
            trade.quantity,
            receipt.price,
            receipt.fee,
            receipt.status if receipt.created or receipt.status == "rejected" else "placed before",
            receipt.reason,
        )
        for trade, receipt in zip_longest(trades, receipts)
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = {"quantity": float, "price": float, "fee": float}
    return frame.astype({name: kinds.get(name, str) for name in COLUMNS})


def orders_report(
    *, account: str, plan: Plan, receipts: Sequence[OrderReceipt], after: Account, prices: Mapping[str, float]
) -> Report:
    """Return what was ordered, what it cost, and what the account holds now."""
    report = empty_report(f"Paper orders · {account}")
    filled = [
        (trade, receipt)
        for trade, receipt in zip(plan.trades, receipts, strict=True)
        if receipt.status == "filled"
    ]
    traded = math.fsum(trade.quantity * receipt.price for trade, receipt in filled)
    fees = math.fsum(receipt.fee for _, receipt in filled)
    values = {
        symbol: held * prices[symbol] for symbol, held in after.positions.items() if symbol in prices and held
    }
    equity = after.cash + math.fsum(values.values())
    report["metrics"] += [
        Metric(label="Orders filled", value=len(filled), unit=f"of {len(plan.trades)}"),
        Metric(label="Traded", value=traded, unit="USD"),
        Metric(label="Fees", value=fees, unit="USD"),
        Metric(label="Cash after", value=after.cash, unit="USD"),
        Metric(label="Equity after", value=equity, unit="USD"),
    ]
    if values and equity > 0:
        report["charts"].append(_holdings(values, equity))
    report["tables"].append(
        table_of(orders_table(plan.trades, receipts), title="Orders", rows=max(1, len(plan.trades)))
    )
    refused = sorted({receipt.reason for receipt in receipts if receipt.status == "rejected"})
    if refused:
        report["texts"].append(Text(title="Refused", body="\n".join(refused)))
    if plan.skipped:
        report["tables"].append(_skipped(plan))
    return report


def _holdings(values: Mapping[str, float], equity: float) -> Chart:
    ranked = sorted(values.items(), key=lambda item: (-item[1], item[0]))
    return Chart(
        kind="bar",
        title="Held after the orders",
        unit="% of equity",
        x=[symbol for symbol, _ in ranked],
        series=[Series(name="held", values=[100.0 * value / equity for _, value in ranked])],
    )


def _skipped(plan: Plan) -> Table:
    rows = [[symbol, reason] for symbol, reason in sorted(plan.skipped.items())]
    return Table(title="Left alone", columns=["symbol", "why"], rows=[list(row) for row in rows])
