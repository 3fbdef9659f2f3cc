"""The kill switch as everybody must read it: its row and its mirror in Redis, of which either one halts."""

from redis.exceptions import RedisError

from persistence.controls import ControlRepository, KillSwitch
from tasks.control.context import Control


def kill_switch(control: Control) -> KillSwitch:
    """Return the switch's row; raises `DatabaseUnavailable` when it cannot be read: that is not "released"."""
    with control.database.read() as session:
        return ControlRepository(session).kill_switch()


def mirror_engaged(control: Control) -> bool | None:
    """Tell whether the key is there; None when Redis does not answer."""
    try:
        return bool(control.redis.exists(control.settings.risk_kill_switch_key))
    except (RedisError, OSError):
        return None


def switch_engaged(control: Control) -> bool:
    """Tell whether row or key is engaged. While Redis is silent the row decides; while neither can be read, it raises."""
    return bool(mirror_engaged(control)) or kill_switch(control).engaged
