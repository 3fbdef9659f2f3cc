"""The settings as they are in force. Imports little: beat reads them, and must start at once."""

from dataclasses import dataclass

from persistence.controls import ControlRepository
from persistence.database import Database
from runtime.settings import (
    DEFAULTS,
    LiveSettings,
    SettingName,
    Settings,
    SettingSource,
    SettingValue,
    resolve,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The settings as they are now, and where each comes from."""

    live: LiveSettings
    sources: dict[SettingName, SettingSource]


def read_settings(settings: Settings, database: Database) -> InForce:
    """Read what is in force now. Blocks; raises `DatabaseUnavailable`."""
    with database.read() as session:
        stored = ControlRepository(session).overrides()
    overrides: dict[SettingName, SettingValue] = {name: stored[name] for name in DEFAULTS if name in stored}
    live, sources = resolve(settings.pinned(), overrides)
    return InForce(live=live, sources=sources)
