"""`Strategy`: from one bar to order intents. Paper sessions and back-tests run the same classes.

Subclassing registers: a strategy is one file in `runtime/strategies/`, found by walking the package.
"""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

import runtime.strategies
from runtime.errors import AlreadyExists, InvalidValue, NotFound
from runtime.paper.fills import Side
from runtime.paper.rebalance import Costs
from runtime.spec import sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of all symbols, complete: nothing in it is still to come."""

    number: int
    """From 1, within one replay."""
    at: datetime
    """The day of the closes, UTC and aware."""
    closes: Mapping[str, float]
    """USD; a symbol that did not trade is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """The account as it stands at the close of a bar. USD."""

    cash: float
    equity: float
    initial_cash: float
    costs: Costs
    """What the broker will charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarContext:
    """What a strategy may know when a bar has closed."""

    history: pd.DataFrame
    """Closes in USD, days × symbols, this bar last; at most as long as the session keeps."""
    current_time: datetime
    account: AccountView
    positions: Mapping[str, float]
    """Shares by symbol; negative when short."""
    prices: Mapping[str, float]
    """Last known close of each symbol, USD."""
    peak_prices: Mapping[str, float]
    """Of each held symbol, the best close since it was bought (the lowest, for a short)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntent:
    """An order that a strategy asks for. It replaces the symbol's resting order, and fills on a later bar."""

    symbol: str
    side: Side
    quantity: float
    """Shares, > 0; fractions allowed."""
    limit_price: float | None = None
    """USD; None for a market order, which fills at the next bar."""
    good_for_bars: int | None = None
    """How many bars it may rest; None until it is cancelled."""
    why: str = ""


class StrategyParams(BaseModel):
    """Base of all parameters. Fields carry title, description and bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Strategy(ABC):
    """One way to trade. An instance holds its parameters and nothing else: equal bars give equal orders."""

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    Params: ClassVar[type[StrategyParams]] = StrategyParams

    def __init__(self, params: Any) -> None:  # noqa: ANN401  an instance of the class's own `Params`
        self.params = params

    def __init_subclass__(cls) -> None:
        """Register concrete strategies; raises `AlreadyExists` when the name is taken by another class."""
        super().__init_subclass__()
        if not cls.name:
            return
        known = _STRATEGIES.get(cls.name)
        if known is not None and known.__qualname__ != cls.__qualname__:
            raise AlreadyExists(f"Strategy {cls.name!r} is already registered by {known.__qualname__}.")
        _STRATEGIES[cls.name] = cls

    @property
    @abstractmethod
    def bars_needed(self) -> int:
        """How many bars of history a decision stands on, this one included."""

    @abstractmethod
    def on_bar(self, bar: Bar, context: BarContext) -> Sequence[OrderIntent]:
        """Return what to order now that `bar` has closed. Pure: no clock, no randomness, no I/O."""


_STRATEGIES: dict[str, type[Strategy]] = {}


def strategies() -> dict[str, type[Strategy]]:
    """Return every known strategy by name, sorted."""
    _load_shipped()
    return dict(sorted(_STRATEGIES.items()))


@cache
def _load_shipped() -> None:
    for module in pkgutil.walk_packages(runtime.strategies.__path__, prefix="runtime.strategies."):
        importlib.import_module(module.name)


def build_strategy(name: str, params: Mapping[str, Any]) -> Strategy:
    """Return a strategy; raises `NotFound` with the nearest name, `InvalidValue` naming the first bad parameter."""
    known = strategies()
    if name not in known:
        raise NotFound("strategy", name, known=known.keys())
    try:
        return known[name](known[name].Params.model_validate(params))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = ".".join(("params", *(str(part) for part in first["loc"])))
        raise InvalidValue(
            f"Strategy {name!r}, field {field!r}: {sentence(first['msg'])}", field=field
        ) from None


def decide(name: str, params: Mapping[str, Any], bar: Bar, context: BarContext) -> tuple[OrderIntent, ...]:
    """Build a strategy and ask it once: a plain function of plain values, so that it can run in another process."""
    return tuple(build_strategy(name, params).on_bar(bar, context))
