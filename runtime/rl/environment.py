"""A portfolio over daily closes as a Gymnasium environment."""

from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from runtime.errors import InvalidValue
from runtime.paper.fills import BASIS_POINT
from runtime.rl.panel import CLIP, MarketPanel, Span
from runtime.rl.spec import MarketSpec

Floats = npt.NDArray[np.float64]
Observation = npt.NDArray[np.float32]


class PortfolioEnv(gymnasium.Env[Observation, npt.NDArray[Any]]):
    """Choose target weights at a close, hold them until the next decision, be paid their log return after costs.

    Observation: features (symbols × features, flat; see `MarketPanel`), then the weights held now, cash last. Action: target
    weights, cash last, each 0 .. 1; they are divided by their sum, and all zero means all cash. They are traded at the close
    of the day that was observed and earn from the day after. Reward: ln(1 − cost × traded) + ln(growth until the next
    decision), where traded is the sum of |change of weight| over the symbols; proportional costs as in Moody and Saffell
    (2001), *IEEE Transactions on Neural Networks* 12(4). An episode starts in cash and ends, truncated, with its days.
    """

    metadata = {"render_modes": []}  # noqa: RUF012  what Gymnasium declares

    def __init__(self, panel: MarketPanel, market: MarketSpec, span: Span, *, whole: bool = False) -> None:
        """Take days of a panel; `whole` plays all of them, otherwise each reset draws an episode of them."""
        step = market.rebalance_days
        self._panel = panel
        self._step = step
        self._cost = (market.fee_bps + market.slippage_bps) * BASIS_POINT
        self._growth = panel.closes[1:] / panel.closes[:-1]
        available = (span.last - span.first) // step
        self._steps = available if whole else min(available, market.episode_days // step)
        if self._steps < 1:
            raise InvalidValue(f"A span of {span.last - span.first} days holds no decision.", field="market")
        self._first = span.first
        # The whole span starts where it starts; an episode starts wherever it still fits.
        self._latest = span.first if whole else span.last - self._steps * step
        self._day = span.first
        self._end = span.first + self._steps * step
        self.symbols = len(panel.symbols)
        self._weights = self._cash_only()
        figures = self.symbols * panel.features.shape[2]
        low = np.concatenate([np.full(figures, -CLIP), np.zeros(self.symbols + 1)]).astype(np.float32)
        high = np.concatenate([np.full(figures, CLIP), np.ones(self.symbols + 1)]).astype(np.float32)
        self.observation_space = spaces.Box(low, high, dtype=np.float32)
        self.action_space = spaces.Box(0.0, 1.0, (self.symbols + 1,), dtype=np.float64)

    @property
    def steps(self) -> int:
        """Decisions of one episode."""
        return self._steps

    @property
    def weights(self) -> Floats:
        """What is held now, as fractions, cash last."""
        return self._weights

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode; `options["weights"]` starts it with these holdings, cash last, instead of in cash."""
        super().reset(seed=seed)
        self._day = int(self.np_random.integers(self._first, self._latest, endpoint=True))
        self._end = self._day + self._steps * self._step
        given = (options or {}).get("weights")
        self._weights = self._cash_only() if given is None else on_simplex(np.asarray(given, dtype=float))
        return self._observe(), {"day": self._day}

    def step(self, action: npt.NDArray[Any]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Trade, hold, and be paid.

        `info`: the place of the decision's day, the traded share, the target, and `even`, the log growth of equal weights over
        the same days, which no action can change.
        """
        decided = self._day
        target = on_simplex(np.asarray(action, dtype=float))
        traded = float(np.abs(target[:-1] - self._weights[:-1]).sum())
        path = self._growth[decided : decided + self._step]
        relative = np.append(np.prod(path, axis=0), 1.0)
        grown = target * relative
        growth = float(grown.sum())
        reward = float(np.log1p(-self._cost * traded) + np.log(growth))
        self._weights = grown / growth
        self._day = decided + self._step
        info = {"day": decided, "traded": traded, "target": target, "even": float(np.log(relative.mean()))}
        return self._observe(), reward, False, self._day >= self._end, info

    def _observe(self) -> Observation:
        return np.concatenate([self._panel.features[self._day].ravel(), self._weights]).astype(np.float32)

    def _cash_only(self) -> Floats:
        weights = np.zeros(self.symbols + 1)
        weights[-1] = 1.0
        return weights


def on_simplex(weights: Floats) -> Floats:
    """Return weights ≥ 0 that add up to 1, cash last; all zero becomes all cash."""
    kept = np.clip(weights, 0.0, None)
    total = float(kept.sum())
    if total <= 0.0:
        kept[-1] = total = 1.0
    return kept / total
