"""How a paper session is configured, and what is wrong with a configuration."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from runtime.errors import InvalidValue, NotFound
from runtime.paper.rebalance import Costs
from runtime.risk.pretrade import RiskCaps
from runtime.spec import sentence
from runtime.strategy import Strategy, build_strategy

DEFAULT_RUN_NAME = "paper-adhoc"


class PaperConfig(BaseModel):
    """One paper session: what it trades, how, on which bars, within which limits."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    run_name: str = Field(default=DEFAULT_RUN_NAME, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$")
    strategy: str = Field(default="momentum", min_length=1, max_length=120)
    params: dict[str, Any] = Field(default_factory=dict[str, Any])
    """Of the strategy."""
    universe: tuple[str, ...] = Field(min_length=1, max_length=500)
    """Symbols; their order does not matter."""
    start: date | None = None
    """The first bar; None for the first that has the history the strategy needs."""
    end: date | None = None
    """The last bar; None for the last there is."""
    seconds_per_bar: float = Field(default=1.0, ge=0, le=86_400)
    """The pace of the replay; 0 as fast as possible."""
    max_bars: int | None = Field(default=None, ge=1)
    history_bars: int = Field(default=500, ge=2, le=10_000)
    """How much a strategy gets to see."""
    heartbeat_seconds: float = Field(default=30.0, gt=0, le=3600)
    """The state is written at least this often."""
    flush_every_bars: int = Field(default=10, ge=1, le=10_000)
    """The state is written at least this often, and with every order and fill."""
    cash: float = Field(default=100_000.0, gt=0, le=1e12)
    fee_bps: float = Field(default=1.0, ge=0, le=500)
    slippage_bps: float = Field(default=2.0, ge=0, le=500)
    risk: RiskCaps = RiskCaps()
    stop_on_kill_switch: bool = True
    """False: the session goes on under an engaged kill switch, but every order is refused."""
    dry_run: bool = False
    """Decide and check, but send nothing."""

    @field_validator("universe")
    @classmethod
    def _unique(cls, universe: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(universe)) < len(universe):
            raise ValueError("A symbol is listed twice.")
        return tuple(sorted(universe))

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError("The end is before the start.")
        return self

    @classmethod
    def parse(cls, payload: Mapping[str, Any]) -> Self:
        """Build a configuration from untrusted data; raises `InvalidValue` naming the first bad field, or `NotFound`."""
        try:
            config = cls.model_validate(payload)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "config"
            raise InvalidValue(f"Field {field!r}: {sentence(first['msg'])}", field=field) from None
        needed = config.build().bars_needed
        if needed > config.history_bars:
            raise InvalidValue(
                f"Field 'history_bars': strategy {config.strategy!r} needs {needed} bars of history, "
                f"the session keeps {config.history_bars}. Keep more, or shorten its window.",
                field="history_bars",
            )
        return config

    def check_universe(self, known: Sequence[str]) -> None:
        """Raise `NotFound` for a symbol that the market does not have."""
        for symbol in self.universe:
            if symbol not in known:
                raise NotFound("symbol", symbol, known=known)

    def build(self) -> Strategy:
        """Return the strategy; raises `NotFound` or `InvalidValue`."""
        return build_strategy(self.strategy, self.params)

    @property
    def costs(self) -> Costs:
        """What the broker charges."""
        return Costs(fee_bps=self.fee_bps, slippage_bps=self.slippage_bps)

    def dump(self) -> dict[str, Any]:
        """Return it as JSON-ready data, defaults included."""
        return self.model_dump(mode="json")
