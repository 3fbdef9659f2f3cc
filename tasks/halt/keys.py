"""Names of the Redis keys and channels of running and halting, in one place."""

from runtime.desks import DeskName
from runtime.ids import RunId
from runtime.settings import Settings

EPOCH_KEY = "alphaswarm:halt:epoch"
"""Present while Redis still knows what was written to it; a Redis that comes back empty lacks it, and is not trusted."""
HALT_CHANNEL = "alphaswarm:halt"
"""JSON `{halt_id, desk, run_ids, reason}` per halt; `run_ids` null: all of the desk."""
HALT_KEY_SECONDS = 3600
UNWRITTEN_KEY = "alphaswarm:halt:unwritten"
"""Hash of halt requests whose rows could not be written in time, by halt id; the reaper writes them."""
WATCHDOG_KEY = "alphaswarm:watchdog:workflow"
"""When the workflow watchdog last looked, ISO 8601."""
WATCHDOG_TURN_KEY = "alphaswarm:watchdog:turn"
"""Present while some process has just looked; the others need not."""
TRANSITIONS_KEY = "alphaswarm:transitions"
"""Hash: how a transition ended → how many did, over all workers since Redis has its data."""
EVENTS_MAXLEN = 5000
EVENTS_SECONDS_AFTER_END = 24 * 3600
WORKER_PREFIX = "alphaswarm:worker:"
WORKER_SECONDS = 10
BEAT_KEY = "alphaswarm:beat"
"""When a worker last took a tick of beat, ISO; expires after a minute."""
BEAT_SECONDS = 60


def engaged_channel(settings: Settings) -> str:
    """Return the channel on which the reason is published when the kill switch is engaged."""
    return f"{settings.risk_kill_switch_key}:engaged"


def released_channel(settings: Settings) -> str:
    """Return the channel on which the reason is published when the kill switch is released."""
    return f"{settings.risk_kill_switch_key}:released"


def halt_all_key(desk: DeskName) -> str:
    """Return the key that is there while a halt of a whole desk waits for its rows; its value is the reason."""
    return f"alphaswarm:{desk}:halt-all"


def halt_ack_key(run_id: RunId) -> str:
    """Return the key by which a worker says that it knows of a halt, also while the database takes nothing."""
    return f"alphaswarm:workflow:halt-ack:{run_id}"


def run_halt_key(run_id: RunId) -> str:
    """Return the key that halts one run; its value is the reason."""
    return f"alphaswarm:workflow:halt:{run_id}"


def events_key(run_id: RunId) -> str:
    """Return the stream that holds a run's frames; entry `<seq>-0` has the field `frame`."""
    return f"alphaswarm:run:{run_id}:events"


def worker_key(worker: str) -> str:
    """Return the key by which a worker process shows that it is alive."""
    return f"{WORKER_PREFIX}{worker}"
