"""What an agent may look up while it thinks: measurements over the prices on its wire, never beyond their last day.

A tool is one function with a pydantic model of its arguments; `TOOLS` is the table. Tools are pure.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.agents.evidence import gather
from runtime.errors import InvalidValue, NotFound
from runtime.quant.momentum import skip_momentum, trend_t_statistic
from runtime.quant.regime import regime_now
from runtime.quant.returns import log_returns
from runtime.quant.volatility import drawdown, realised_volatility
from runtime.spec import sentence

DIGITS = 6
HISTORY_DAYS = 1600
"""Days of prices that a tool looks back at most."""
LEAST_PAIRS = 20
"""Common days that a correlation needs."""


class ToolArguments(BaseModel):
    """Base of all arguments; what a model makes up beyond them is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NoArguments(ToolArguments):
    """None."""


class ShareArguments(ToolArguments):
    """A share."""

    symbol: str = Field(min_length=1, max_length=40, description="The share's symbol.")


class WindowArguments(ShareArguments):
    """A share and a number of days."""

    days: int = Field(default=252, ge=5, le=HISTORY_DAYS, description="Trading days to look back.")


class PairArguments(WindowArguments):
    """Two shares and a number of days."""

    other: str = Field(min_length=1, max_length=40, description="The other share's symbol.")


class RankingArguments(ToolArguments):
    """How many to list."""

    top: int = Field(default=5, ge=1, le=50, description="How many of the best and of the worst.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool."""

    description: str
    """For the model: what comes back, with units."""
    arguments: type[ToolArguments]
    measure: Callable[[pd.DataFrame, Any], dict[str, Any]]
    """(prices, arguments) → JSON-ready data; raises `NotFound` or `InvalidValue`."""


def definitions(names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return tools as models are told of them (OpenAI's function schema, which LangChain translates)."""
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": tool_named(name).description,
                "parameters": tool_named(name).arguments.model_json_schema(),
            },
        }
        for name in names
    ]


def tool_named(name: str) -> Tool:
    """Return a tool; raises `NotFound`."""
    try:
        return TOOLS[name]
    except KeyError:
        raise NotFound("tool", name, known=list(TOOLS)) from None


def checked_arguments(name: str, arguments: Mapping[str, Any]) -> ToolArguments:
    """Return validated arguments; raises `InvalidValue` with every problem."""
    try:
        return tool_named(name).arguments.model_validate(dict(arguments))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in each['loc'])}: {sentence(each['msg']).rstrip('.')}"
            for each in error.errors(include_input=False, include_url=False)
        )
        raise InvalidValue(f"The arguments of {name} do not fit: {problems}.", field=name) from None


def use_tool(prices: pd.DataFrame, name: str, arguments: ToolArguments) -> dict[str, Any]:
    """Measure. Slow for large frames: run it through `ctx.compute`."""
    return tool_named(name).measure(prices.tail(HISTORY_DAYS), arguments)


def _momentum(prices: pd.DataFrame, wanted: ShareArguments) -> dict[str, Any]:
    own = _own(prices, wanted.symbol)
    return _dated(
        own,
        symbol=wanted.symbol,
        momentum_12_1=_last(skip_momentum(own)),
        t_statistic=_last(trend_t_statistic(own)),
        return_1_month=_change(own, 21),
        return_12_months=_change(own, 252),
    )


def _drawdown(prices: pd.DataFrame, wanted: WindowArguments) -> dict[str, Any]:
    own = _own(prices, wanted.symbol).tail(wanted.days)
    depths = drawdown(own)
    return _dated(
        own,
        symbol=wanted.symbol,
        days=len(own),
        drawdown_now=_last(depths),
        deepest=_number(float(depths.min().iloc[0])),
    )


def _volatility(prices: pd.DataFrame, wanted: WindowArguments) -> dict[str, Any]:
    own = _own(prices, wanted.symbol)
    return _dated(
        own,
        symbol=wanted.symbol,
        days=wanted.days,
        annualised_volatility=_last(realised_volatility(own, window=wanted.days)),
        annualised_volatility_1_month=_last(realised_volatility(own)),
    )


def _regime(prices: pd.DataFrame, _wanted: NoArguments) -> dict[str, Any]:
    regime = regime_now(prices)
    return {
        "as_of": regime.as_of.date().isoformat(),
        "regime": regime.name,
        "trend": _number(regime.trend),
        "annualised_volatility": _number(regime.volatility),
        "volatility_percentile": _number(regime.volatility_percentile),
    }


def _correlation(prices: pd.DataFrame, wanted: PairArguments) -> dict[str, Any]:
    first, second = (
        log_returns(_own(prices, name)).iloc[:, 0].tail(wanted.days) for name in (wanted.symbol, wanted.other)
    )
    both = pd.concat([first, second], axis="columns", join="inner").dropna()
    if len(both) < LEAST_PAIRS:
        raise InvalidValue(
            f"{wanted.symbol} and {wanted.other} have only {len(both)} days in common.", field="days"
        )
    correlation = float(both.iloc[:, 0].corr(both.iloc[:, 1]))
    return _dated(
        both, symbol=wanted.symbol, other=wanted.other, days=len(both), correlation=_number(correlation)
    )


def _measures(prices: pd.DataFrame, wanted: ShareArguments) -> dict[str, Any]:
    evidence = gather(prices, wanted.symbol)
    return {
        "symbol": wanted.symbol,
        "as_of": evidence.as_of,
        "measures": [
            {"id": each.id, "score": each.score, "reading": each.reading, "meaning": each.meaning}
            for each in evidence.measures
        ],
    }


def _ranking(prices: pd.DataFrame, wanted: RankingArguments) -> dict[str, Any]:
    gains = skip_momentum(prices).iloc[-1].dropna() if len(prices) else pd.Series(dtype=float)
    if gains.empty:
        raise InvalidValue("The prices are too few for a momentum of twelve months.", field="prices")
    ranked = gains.sort_index().sort_values(ascending=False, kind="stable")
    return _dated(
        prices,
        of=len(ranked),
        best={str(name): _number(float(gain)) for name, gain in ranked.head(wanted.top).items()},
        worst={str(name): _number(float(gain)) for name, gain in ranked.tail(wanted.top).items()},
    )


TOOLS: Mapping[str, Tool] = {
    "momentum": Tool(
        description=(
            "Momentum of one share: return of the twelve months before the last one, its t statistic, and the returns "
            "of the last month and year. Fractions."
        ),
        arguments=ShareArguments,
        measure=_momentum,
    ),
    "drawdown": Tool(
        description="How far one share is below its high of the last days, now and at the deepest. Fractions ≤ 0.",
        arguments=WindowArguments,
        measure=_drawdown,
    ),
    "volatility": Tool(
        description="Annualised volatility of one share over the last days and over the last month. Fractions.",
        arguments=WindowArguments,
        measure=_volatility,
    ),
    "regime": Tool(
        description="State of the whole market: risk_on, risk_off or neutral, with trend and volatility.",
        arguments=NoArguments,
        measure=_regime,
    ),
    "correlation": Tool(
        description="Correlation of the daily log returns of two shares over the last days, -1 to 1.",
        arguments=PairArguments,
        measure=_correlation,
    ),
    "measures": Tool(
        description="All measures of one share, each with a score from -1 (against it) to 1 (for it).",
        arguments=ShareArguments,
        measure=_measures,
    ),
    "ranking": Tool(
        description="The shares with the best and the worst twelve-month momentum. Fractions.",
        arguments=RankingArguments,
        measure=_ranking,
    ),
}


def _own(prices: pd.DataFrame, symbol: str) -> pd.DataFrame:
    if symbol not in prices.columns:
        raise NotFound("symbol", symbol, known=[str(name) for name in prices.columns])
    own = prices[[symbol]].dropna()
    if own.empty:
        raise InvalidValue(f"There are no prices of {symbol}.", field="prices")
    return own


def _dated(frame: pd.DataFrame, **numbers: object) -> dict[str, Any]:
    return {"as_of": pd.Timestamp(frame.index[-1]).date().isoformat(), **numbers}


def _last(frame: pd.DataFrame) -> float | None:
    return _number(float(frame.iloc[-1, 0]))  # pyright: ignore[reportArgumentType]  the frames of this module hold floats


def _change(own: pd.DataFrame, days: int) -> float | None:
    return _last(own / own.shift(days) - 1.0)


def _number(value: float) -> float | None:
    """Return what JSON can hold: None says that the history is too short."""
    return round(value, DIGITS) if math.isfinite(value) else None
