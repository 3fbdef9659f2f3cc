"""`RLExperimentSpec`: a market to act in, an algorithm and a budget, as data, and its hash."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from runtime.errors import InvalidSpec
from runtime.spec import canonical_hash, checked_name, sentence

MAX_SYMBOLS = 50


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MarketSpec(_Frozen):
    """What is traded, what is seen of it, and what trading costs."""

    symbols: Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_SYMBOLS)]
    start: date | None = None
    end: date | None = None
    """Both ends included; None is as far as the prices go."""
    window: int = Field(default=5, ge=1, le=60)
    """Daily returns that are seen of each symbol."""
    volatility_days: int = Field(default=21, ge=5, le=252)
    momentum_days: int = Field(default=63, ge=5, le=504)
    rebalance_days: int = Field(default=5, ge=1, le=63)
    """Trading days between two decisions."""
    episode_days: int = Field(default=252, ge=10, le=5040)
    """Trading days of one training episode."""
    fee_bps: float = Field(default=1.0, ge=0, le=1000)
    slippage_bps: float = Field(default=2.0, ge=0, le=1000)
    """Basis points of the traded value, both."""
    test_share: float = Field(default=0.3, ge=0.05, le=0.8)
    """The last part of the days, which no training sees."""

    @field_validator("symbols")
    @classmethod
    def _each_once(cls, symbols: tuple[str, ...]) -> tuple[str, ...]:
        twin = next((name for place, name in enumerate(symbols) if name in symbols[:place]), None)
        if twin is not None:
            raise ValueError(f"{twin!r} is listed twice")
        return symbols

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError("start must be before end")
        if self.episode_days < 2 * self.rebalance_days:
            raise ValueError("episode_days must hold two decisions at least: twice rebalance_days")
        return self


class Reinforce(_Frozen):
    """Policy gradient; see `runtime.rl.reinforce`."""

    name: Literal["reinforce"] = "reinforce"
    learning_rate: float = Field(default=0.05, gt=0, le=1)
    noise: float = Field(default=0.5, gt=0, le=5)
    """Standard deviation of the scores that are tried."""
    discount: float = Field(default=0.5, ge=0, lt=1)


class Evolution(_Frozen):
    """Evolution strategy; see `runtime.rl.evolution`."""

    name: Literal["evolution"] = "evolution"
    learning_rate: float = Field(default=0.1, gt=0, le=1)
    noise: float = Field(default=0.3, gt=0, le=5)
    """Standard deviation of the parameters that are tried."""
    pairs: int = Field(default=8, ge=2, le=128)
    """Mirrored pairs that are tried in each episode."""


class QLearning(_Frozen):
    """Tabular Q-learning; see `runtime.rl.q_learning`."""

    name: Literal["q_learning"] = "q_learning"
    learning_rate: float = Field(default=0.1, gt=0, le=1)
    exploration: float = Field(default=0.2, gt=0, le=1)
    """Share of decisions that are made at random while training."""
    discount: float = Field(default=0.5, ge=0, lt=1)
    bins: int = Field(default=3, ge=2, le=6)
    """Steps of the market's trend and of its volatility."""


AlgorithmSpec = Annotated[Reinforce | Evolution | QLearning, Field(discriminator="name")]


class Budget(_Frozen):
    """How long to train, and from which chance."""

    episodes: int = Field(default=200, ge=1, le=20_000)
    checkpoint_every: int = Field(default=10, ge=1, le=500)
    """Episodes between two checkpoints; a halt is noticed and a killed training loses no more than these."""
    seed: int = Field(default=0, ge=0, le=2**32 - 1)


class RLExperimentSpec(_Frozen):
    """One experiment; equal specs over equal prices give equal results."""

    name: str
    description: str = ""
    market: MarketSpec
    algorithm: AlgorithmSpec = Field(default_factory=Reinforce)
    budget: Budget = Budget()

    @field_validator("name")
    @classmethod
    def _usable_name(cls, name: str) -> str:
        return checked_name(name)

    @classmethod
    def parse(cls, payload: Mapping[str, Any]) -> Self:
        """Build a spec from untrusted data; raises `InvalidSpec` naming the first bad field."""
        try:
            return cls.model_validate(payload)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "spec"
            raise InvalidSpec(f"Field {field!r}: {sentence(first['msg'])}", field=field) from error

    def dump(self) -> dict[str, Any]:
        """Return the whole spec as JSON-ready data, defaults included."""
        return self.model_dump(mode="json")

    def snapshot_hash(self) -> str:
        """Return the SHA-256 hex of the canonical JSON of the whole spec."""
        return canonical_hash(self.dump())
