"""`BotSpec`: what a bot is, as data, and its hash. A bot is deployed to a back-test or to a paper session, as it is written."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from runtime.bots.thresholds import Threshold
from runtime.errors import InvalidSpec, InvalidValue
from runtime.paper.config import PaperConfig
from runtime.risk.pretrade import RiskCaps
from runtime.spec import canonical_hash, sentence

BotKind = Literal["trading", "research"]
BacktestEngine = Literal["vectorised", "event_driven"]
DeploymentTarget = Literal["backtest", "paper_session"]
RESERVED_SLUGS = frozenset({"halt-all", "paper", "strategies"})
"""Words that the addresses of the REST API need."""


class BacktestWindow(BaseModel):
    """Which days a back-test covers, and by which engine."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    start: date | None = None
    """None: the first day that has the history the strategy needs."""
    end: date | None = None
    engine: BacktestEngine = "event_driven"
    """`event_driven` is the paper session without a clock: risk caps, orders, fees and slippage. `vectorised` holds the
    weights, costs included, without caps."""
    cash: float = Field(default=100_000.0, gt=0, le=1e12)
    fee_bps: float = Field(default=1.0, ge=0, le=500)
    slippage_bps: float = Field(default=2.0, ge=0, le=500)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError("The end is before the start.")
        return self


class Deployment(BaseModel):
    """Where the bot runs when it is deployed, and on which bars when that is a paper session."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    target: DeploymentTarget = "backtest"
    start: date | None = None
    end: date | None = None
    seconds_per_bar: float = Field(default=1.0, ge=0, le=86_400)
    max_bars: int | None = Field(default=None, ge=1)
    cash: float = Field(default=100_000.0, gt=0, le=1e12)


class BotSpec(BaseModel):
    """One bot."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=120)
    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")
    """Its name in addresses; does not change."""
    kind: BotKind = "trading"
    description: str = Field(default="", max_length=2000)
    universe: tuple[str, ...] = Field(min_length=1, max_length=500)
    strategy: str = Field(default="momentum", min_length=1, max_length=120)
    params: dict[str, Any] = Field(default_factory=dict[str, Any])
    history_bars: int = Field(default=500, ge=2, le=10_000)
    backtest: BacktestWindow = BacktestWindow()
    risk: RiskCaps = RiskCaps()
    metrics: tuple[Threshold, ...] = ()
    """What a back-test has to reach to pass."""
    deployment: Deployment = Deployment()

    @field_validator("slug")
    @classmethod
    def _free(cls, slug: str) -> str:
        if slug in RESERVED_SLUGS:
            raise ValueError(f"The slug {slug!r} is reserved for the API. Choose another one.")
        return slug

    @field_validator("universe")
    @classmethod
    def _unique(cls, universe: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(universe)) < len(universe):
            raise ValueError("A symbol is listed twice.")
        return tuple(sorted(universe))

    @model_validator(mode="after")
    def _may_be_deployed(self) -> Self:
        if self.kind == "research" and self.deployment.target == "paper_session":
            raise ValueError(
                "A research bot cannot paper-trade. Make it a trading bot, or deploy it to backtest."
            )
        return self

    @classmethod
    def parse(cls, payload: Mapping[str, Any]) -> Self:
        """Build a spec from untrusted data; raises `InvalidSpec` naming the first bad field.

        Raises `NotFound` or `InvalidValue` for a strategy that there is not or that cannot be built, too.
        """
        try:
            spec = cls.model_validate(payload)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "bot"
            raise InvalidSpec(f"Field {field!r}: {sentence(first['msg'])}", field=field) from None
        spec.backtest_config()
        return spec

    def backtest_config(self) -> PaperConfig:
        """Return what a back-test runs: the session it would be, on the days of the window."""
        window = self.backtest
        return self._session(
            run_name=f"backtest-{self.slug}",
            start=window.start,
            end=window.end,
            cash=window.cash,
            seconds_per_bar=0.0,
        )

    def paper_config(self, run_name: str = "") -> PaperConfig:
        """Return the paper session of this bot; raises `InvalidValue` for a research bot."""
        if self.kind != "trading":
            raise InvalidValue(
                f"Bot {self.slug!r} is a research bot: it cannot paper-trade. Run its back-test, or make it a trading bot.",
                field="kind",
            )
        deployment = self.deployment
        return self._session(
            run_name=run_name or f"bot-{self.slug}",
            start=deployment.start,
            end=deployment.end,
            cash=deployment.cash,
            seconds_per_bar=deployment.seconds_per_bar,
            max_bars=deployment.max_bars,
        )

    def dump(self) -> dict[str, Any]:
        """Return the whole spec as JSON-ready data, defaults included."""
        return self.model_dump(mode="json")

    def snapshot_hash(self) -> str:
        """Return the SHA-256 hex of the canonical JSON of the whole spec, as a `WorkflowSpec`'s."""
        return canonical_hash(self.dump())

    def _session(self, **of: Any) -> PaperConfig:  # noqa: ANN401  fields of `PaperConfig`
        return PaperConfig.parse(
            {
                "universe": self.universe,
                "strategy": self.strategy,
                "params": self.params,
                "history_bars": self.history_bars,
                "fee_bps": self.backtest.fee_bps,
                "slippage_bps": self.backtest.slippage_bps,
                "risk": self.risk,
                **of,
            }
        )
