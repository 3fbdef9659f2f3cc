"""Which installation the commands work on: the environment's, and what `make run` has embedded where that names nothing."""

import os

from runtime.settings import Settings
from studio.launch.redis_server import EmbeddedRedis
from studio.launch.running import address_of_running
from studio.launch.workspace import Workspace


def settings_here() -> Settings:
    """Return the settings of this workspace, as its own processes have them.

    The embedded Redis has a port and a password of its own per start, so it is looked up while a studio runs here.
    """
    home = Workspace.from_environment().home
    settings = Settings(home=home)
    if os.environ.get("ALPHASWARM_REDIS_URL") or address_of_running(home) is None:
        return settings
    running = EmbeddedRedis.read(home / "redis")
    return settings if running is None else Settings(home=home, redis_url=running.url)
