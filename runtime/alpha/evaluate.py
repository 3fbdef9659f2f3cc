"""Evaluate an alpha formula over closes, within stated bounds of memory and time."""

import ast
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import pandas as pd

from runtime.alpha.grammar import Formula, parse_formula
from runtime.alpha.operators import OPERATORS, Array, cross_zscore
from runtime.errors import InvalidValue, TooLarge
from runtime.quant.momentum import spread_ranks
from runtime.quant.returns import log_returns, simple_returns

MAX_LIVE_CELLS = 128_000_000
"""Cells of all arrays alive at once: 1 GB of floats."""
MAX_TOTAL_CELLS = 2_000_000_000
"""Cells computed in all."""
MAX_SECONDS = 60.0
FULL_SIGNAL_Z = 3.0
"""The z score at which a signal is full."""
Shape = Literal["rank", "zscore", "clip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlphaRequest:
    """A formula, and what becomes of its numbers."""

    formula: str
    shape: Shape = "rank"


def alpha_signal(
    prices: pd.DataFrame, request: AlphaRequest, clock: Callable[[], float] = time.monotonic
) -> pd.DataFrame:
    """Return signals in [-1, 1], days × symbols, NaN where the formula does not know.

    `rank`: ranks of the day spread evenly over [-1, 1]. `zscore`: z scores of the day over 3, clipped. `clip`: the formula's
    own numbers, clipped. Raises `InvalidValue` for a bad formula, `TooLarge` over the limits of memory or time.
    """
    values = evaluate_formula(parse_formula(request.formula), prices, clock)
    if request.shape == "rank":
        return spread_ranks(values)
    numbers = values.to_numpy(dtype=float)
    if request.shape == "zscore":
        with np.errstate(all="ignore"):
            numbers = _known(cross_zscore(numbers)) / FULL_SIGNAL_Z
    return pd.DataFrame(np.clip(numbers, -1.0, 1.0), index=values.index, columns=values.columns)


def evaluate_formula(
    formula: Formula, prices: pd.DataFrame, clock: Callable[[], float] = time.monotonic
) -> pd.DataFrame:
    """Return the formula's numbers, days × symbols; a day's numbers come from that day and the days before only."""
    cells = prices.shape[0] * prices.shape[1]
    if formula.peak * cells > MAX_LIVE_CELLS or formula.nodes * cells > MAX_TOTAL_CELLS:
        raise TooLarge(
            f"The formula needs too much for {prices.shape[0]:,} days of {prices.shape[1]:,} symbols. "
            "Use fewer symbols or days, or a shorter formula."
        )
    walk = _Walk(prices, deadline=clock() + MAX_SECONDS, clock=clock)
    with np.errstate(all="ignore"):
        values = walk.value(formula.tree)
    return pd.DataFrame(walk.full(values), index=prices.index, columns=prices.columns)


class _Walk:
    """One evaluation. Values are arrays, days × symbols; numbers are arrays without dimensions; truth is 1, 0 or NaN."""

    def __init__(self, prices: pd.DataFrame, *, deadline: float, clock: Callable[[], float]) -> None:
        self._prices = prices
        self._deadline = deadline
        self._clock = clock
        self._fields: dict[str, Array] = {}

    def value(self, node: ast.expr) -> Array:
        if self._clock() > self._deadline:
            raise TooLarge(
                f"The formula took longer than {MAX_SECONDS:g} seconds. Use fewer symbols or days."
            )
        return _known(self._computed(node))

    def full(self, values: Array) -> Array:
        """Return the values as days × symbols."""
        return np.array(np.broadcast_to(values, self._prices.shape), dtype=float)

    def _computed(self, node: ast.expr) -> Array:  # noqa: PLR0911  one return a kind of node
        match node:
            case ast.Constant(value=number):
                return np.asarray(float(cast(float, number)))
            case ast.Name(id=name):
                return self._field(name)
            case ast.UnaryOp(op=op, operand=operand):
                value = self.value(operand)
                return (
                    1.0 - value if isinstance(op, ast.Not) else -value if isinstance(op, ast.USub) else value
                )
            case ast.BinOp(left=left, op=op, right=right):
                return _ARITHMETIC[type(op)](self.value(left), self.value(right))
            case ast.BoolOp(op=op, values=parts):
                return self._joined(op, parts)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return _compared(_COMPARISONS[type(op)], self.value(left), self.value(right))
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._called(name, args)
            case _:
                raise InvalidValue(f"{type(node).__name__} is not allowed in a formula.")

    def _joined(self, op: ast.boolop, parts: list[ast.expr]) -> Array:
        # Of 1, 0 and NaN: the least is `and`, the greatest `or`; NaN wins in both.
        join = np.minimum if isinstance(op, ast.And) else np.maximum
        found = self.value(parts[0])
        for part in parts[1:]:
            found = join(found, self.value(part))
        return found

    def _called(self, name: str, args: list[ast.expr]) -> Array:
        operator = OPERATORS[name]
        given: list[Array | int] = [
            cast(int, cast(ast.Constant, arg).value)
            if kind in ("window", "lag")
            else self.full(self.value(arg))
            for arg, kind in zip(args, operator.takes, strict=True)
        ]
        return operator.function(*given)

    def _field(self, name: str) -> Array:
        if name not in self._fields:
            self._fields[name] = self._derived(name)
        return self._fields[name]

    def _derived(self, name: str) -> Array:
        match name:
            case "close":
                return self._prices.to_numpy(dtype=float)
            case "returns":
                return simple_returns(self._prices).to_numpy(dtype=float)
            case "log_returns":
                return log_returns(self._prices).to_numpy(dtype=float)
            case _:
                daily = simple_returns(self._prices).mean(axis="columns", skipna=True)
                return self.full(daily.to_numpy(dtype=float)[:, None])


def _known(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)


def _compared(compare: Callable[[Array, Array], Array], left: Array, right: Array) -> Array:
    unknown = np.isnan(left) | np.isnan(right)
    return np.where(unknown, np.nan, compare(left, right).astype(float))


_ARITHMETIC: dict[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Array, Array], Array]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
