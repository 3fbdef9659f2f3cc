"""What a capability says when its flag is off."""

from runtime.errors import CapabilityOff
from runtime.settings import LiveSettings, SettingName, environment_name


def require(name: SettingName, live: LiveSettings, *, title: str) -> None:
    """Return when the flag is on; raises `CapabilityOff` that names the variable otherwise."""
    if not getattr(live, name):
        raise CapabilityOff(f"{title} requires {environment_name(name)}=true.", field=name)
