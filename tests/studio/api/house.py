"""An installation with somebody of every role, each with a browser of their own, and every operation's example to send."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import update

from persistence import migrate
from persistence.database import open_database
from persistence.models import KillSwitchRow
from runtime.settings import FLAGS, Settings
from studio.api.app import create_api
from studio.wiring import Container, assemble
from tasks.access import Role
from tasks.control.context import build_control
from tasks.control.settings import SystemActor, write_overrides
from tests.studio.api.conftest import HOST
from tests.studio.conftest import PASSWORD, QUICK

ON = dict.fromkeys(FLAGS, True)
PLACES = {"desk": "paper", "kind": "data.prices", "name": "no.such_thing"}
API = create_api().openapi()
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in API["paths"].items()
    for method, operation in methods.items()
}
QUERIES = {"GET /api/settings/checks": {"name": "orchestration_studio_enabled"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An installation with somebody of every role, each with a browser of their own."""

    container: Container
    browsers: dict[str, TestClient]

    def ask(self, who: str, label: str) -> Any:
        """Send the operation's example, about things that there are not."""
        method, path = label.split(" ")
        for parameter in OPERATIONS[label].get("parameters", []):
            if parameter["in"] == "path":
                name = parameter["name"]
                path = path.replace("{" + name + "}", PLACES.get(name, "no-such-thing"))
        content = OPERATIONS[label].get("requestBody", {}).get("content", {})
        body = next((each["example"] for each in content.values()), None)
        return self.browsers[who].request(method, path, json=body, params=QUERIES.get(label))


@contextmanager
def open_house(redis_url: str, home: Path, *, flags: bool) -> Iterator[House]:
    """Open it on SQLite, with all six flags on or as they are by default."""
    url = f"sqlite:///{home / 'studio.db'}"
    migrate.upgrade(url)
    chosen = Settings(home=home, database_url=url, redis_url=redis_url)
    control = build_control(chosen, database=open_database(url))
    container = assemble(control, hasher=QUICK)
    accounts = container.accounts
    if flags:
        write_overrides(control, ON, SystemActor(name="test"), "test")
    link = accounts.first_run_token()
    assert link
    admin = accounts.create_first_admin(link, Role.ADMIN.value, PASSWORD).actor
    for role in Role:
        if role is not Role.ADMIN:
            accounts.create_account(admin, role.value, PASSWORD, role)
    api = create_api(container)
    with TestClient(api, base_url=HOST, raise_server_exceptions=False):
        browsers = {
            who: TestClient(api, base_url=HOST, headers={"Origin": HOST}, raise_server_exceptions=False)
            for who in ("stranger", *Role)
        }
        yield House(container=container, browsers=browsers)
    control.close()


def release_switch(house: House) -> None:
    """Let things start again after an operation that engages the kill switch."""
    control = house.container.control
    with control.database.write() as session:
        session.execute(update(KillSwitchRow).values(engaged=False))
    control.redis.delete(control.settings.risk_kill_switch_key)


def sign_in(house: House, role: Role) -> None:
    """Sign a role in, again where an operation before has signed it out."""
    browser = house.browsers[role]
    if browser.get("/api/session").status_code != 200:
        answer = browser.post("/api/session", json={"name": role.value, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
