"""What the installation is configured with, and the eight orchestration settings of the runbook."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.agents.spec import ModelChoice
from runtime.net.addresses import parse_networks

SettingName = Literal[
    "orchestration_studio_enabled",
    "orchestration_crew_adapter_enabled",
    "orchestration_fusion_enabled",
    "orchestration_schedule_enabled",
    "orchestration_workflow_versioning_enabled",
    "orchestration_kill_propagation_enabled",
    "orchestration_max_debate_rounds",
    "orchestration_halt_check_timeout_seconds",
]
SettingValue = bool | int | float
LogFormat = Literal["text", "json"]
SettingSource = Literal["environment", "override", "default"]

ENV_PREFIX = "ALPHASWARM_"
DEFAULTS: dict[SettingName, SettingValue] = {
    "orchestration_studio_enabled": False,
    "orchestration_crew_adapter_enabled": False,
    "orchestration_fusion_enabled": False,
    "orchestration_schedule_enabled": False,
    "orchestration_workflow_versioning_enabled": False,
    "orchestration_kill_propagation_enabled": False,
    "orchestration_max_debate_rounds": 2,
    "orchestration_halt_check_timeout_seconds": 1.0,
}
FLAGS: tuple[SettingName, ...] = tuple(name for name, value in DEFAULTS.items() if isinstance(value, bool))


def environment_name(name: SettingName) -> str:
    """Return the environment variable that pins a setting."""
    return f"{ENV_PREFIX}{name.upper()}"


class Settings(BaseSettings):
    """Values of the process environment (prefix `ALPHASWARM_`). Read once, at the edge of a process."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="ignore")

    home: Path = Path(".alphaswarm")
    """Where the embedded parts keep their data."""
    database_url: str = ""
    """SQLAlchemy URL; empty means SQLite under `home`."""
    redis_url: str = "redis://127.0.0.1:6379/0"
    port: int = Field(default=8321, ge=1, le=65535)
    market_folder: Path | None = None
    """A folder of CSV or Parquet price files that replaces the shipped prices."""
    outbound_private_networks: str = ""
    """Networks beside the public internet that webhooks may reach, comma-separated: `10.1.0.0/16, ::1/128`."""
    log_format: LogFormat = "text"
    """Lines for people, or one JSON object per line."""
    memory_embeddings: str = ""
    """Embedding model, `provider:model`, by which agents find similar situations; empty for wording without a model."""
    risk_kill_switch_key: str = "alphaswarm:kill_switch"
    """Redis key of the global kill switch; present means engaged."""
    run_lease_seconds: float = Field(default=6.0, gt=0.2, le=600)
    """A worker that has not renewed a run for so long has lost it."""
    dispatch_grace_seconds: float = Field(default=15.0, gt=0.5, le=3600)
    """A pending run that no worker has claimed for so long is dispatched again; one that was dispatched twice, with an idle
    worker and nothing queued, ends in error."""
    agent_stall_threshold_seconds: float = Field(default=300.0, gt=0, le=86400)
    """A running run that has shown no sign of life for so long is halted by the watchdog; less than 30 counts as 30."""
    agent_watchdog_enabled: bool = True
    agent_watchdog_period_seconds: float = Field(default=60.0, ge=1, le=3600)
    """How often the watchdogs look."""
    session_hours: float = Field(default=12.0, gt=0, le=168)
    oidc_issuer: str = ""
    """Address of an OpenID Connect provider that people may sign in with; empty for none."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    """Empty for a public client, which PKCE protects."""
    oidc_title: str = Field(default="single sign-on", min_length=1, max_length=60)
    """What the provider is called on the sign-in page."""
    oidc_scopes: str = "openid profile email"
    oidc_name_claim: str = "name"
    oidc_roles_claim: str = "groups"
    oidc_roles: str = ""
    """Which groups have which role here, `traders=analyst, risk=operator`; the provider decides then, at each sign-in."""
    oidc_default_role: str = ""
    """Role of who is in none of these groups; empty: they may not come in."""
    artifact_preview_rows: int = Field(default=50, ge=1, le=1000)

    orchestration_studio_enabled: bool | None = None
    orchestration_crew_adapter_enabled: bool | None = None
    orchestration_fusion_enabled: bool | None = None
    orchestration_schedule_enabled: bool | None = None
    orchestration_workflow_versioning_enabled: bool | None = None
    orchestration_kill_propagation_enabled: bool | None = None
    orchestration_max_debate_rounds: int | None = Field(default=None, ge=1, le=100)
    orchestration_halt_check_timeout_seconds: float | None = Field(default=None, gt=0, le=60)

    @field_validator("memory_embeddings")
    @classmethod
    def _embedding_model(cls, name: str) -> str:
        if name:
            ModelChoice.named(name)
        return name

    @field_validator("outbound_private_networks")
    @classmethod
    def _networks(cls, text: str) -> str:
        parse_networks(text)
        return text

    def resolved_database_url(self) -> str:
        """Return the database to use: the configured one, or SQLite under `home`."""
        return self.database_url or f"sqlite:///{(self.home / 'studio.db').absolute()}"

    def pinned(self) -> dict[SettingName, SettingValue]:
        """Return the orchestration settings that the environment pins."""
        values: dict[SettingName, SettingValue | None] = {name: getattr(self, name) for name in DEFAULTS}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings:
    """The eight settings as they are in force now."""

    orchestration_studio_enabled: bool = False
    orchestration_crew_adapter_enabled: bool = False
    orchestration_fusion_enabled: bool = False
    orchestration_schedule_enabled: bool = False
    orchestration_workflow_versioning_enabled: bool = False
    orchestration_kill_propagation_enabled: bool = False
    orchestration_max_debate_rounds: int = 2
    """Hard cap on the rounds of any debate."""
    orchestration_halt_check_timeout_seconds: float = 1.0
    """Budget in seconds of one halt check."""


class LiveSettingsSource(Protocol):
    """Reads the settings in force; asked again at every transition."""

    async def live(self) -> LiveSettings:
        """Return the settings in force now."""
        ...


def resolve(
    pinned: dict[SettingName, SettingValue], overrides: dict[SettingName, SettingValue]
) -> tuple[LiveSettings, dict[SettingName, SettingSource]]:
    """Apply the one precedence: environment, then the admin's override, then the default."""
    values = DEFAULTS | overrides | pinned
    sources: dict[SettingName, SettingSource] = {
        name: "environment" if name in pinned else "override" if name in overrides else "default"
        for name in DEFAULTS
    }
    return LiveSettings(**values), sources  # pyright: ignore[reportArgumentType]  keys are SettingName
