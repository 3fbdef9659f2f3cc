"""Which share an agent speaks about when nobody has said."""

from collections.abc import Mapping
from typing import Any, cast

import pandas as pd

from runtime.errors import InvalidValue
from runtime.quant.momentum import skip_momentum

LOOKBACK, SKIP = 252, 21


def choose_symbol(prices: pd.DataFrame, signals: pd.DataFrame | None = None) -> str:
    """Return the share with the largest signal in size; without signals, the one with the largest momentum.

    A history too short for the 12-1 momentum is measured from its first day. Ties go to the first name of the alphabet.
    Raises `InvalidValue` when no share can be measured.
    """
    if signals is not None and not signals.empty:
        latest = signals.iloc[-1].reindex(prices.columns)
        if latest.notna().any():
            return _largest(latest.abs())
    if len(prices) > LOOKBACK:
        momentum = skip_momentum(prices.tail(LOOKBACK + 1), lookback=LOOKBACK, skip=SKIP).iloc[-1]
        if momentum.notna().any():
            return _largest(momentum)
    if len(prices) > 1:
        gain = prices.iloc[-1] / prices.bfill().iloc[0] - 1.0
        if gain.notna().any():
            return _largest(gain)
    raise InvalidValue("The prices are too few to choose a share from; name one.", field="symbol")


def proposed_alpha(state: Mapping[str, Any], inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a run proposes: a node before this one, else whoever started the run; empty when nobody does."""
    for known in (state.get("proposed_alpha"), inputs.get("proposed_alpha")):
        if isinstance(known, Mapping) and known:
            return cast(Mapping[str, Any], known)
    return {}


def _largest(values: pd.Series) -> str:
    return str(values.dropna().sort_index().idxmax())
