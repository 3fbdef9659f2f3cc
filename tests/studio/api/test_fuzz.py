"""Every operation of the API under generated requests, by every role: schemathesis judges each answer by the API's own description.

`ALPHASWARM_FUZZ_EXAMPLES` asks for more than the few of each run (`make fuzz`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.transport import Response
from schemathesis.generation.modes import GenerationMode
from sqlalchemy import update

from persistence import migrate
from persistence.accounts import AccountRepository
from persistence.database import open_database
from persistence.models import KillSwitchRow
from runtime.settings import FLAGS, Settings
from studio.api.app import create_api
from studio.services.tokens import FORBIDDEN
from studio.wiring import Container, assemble
from tasks.access import ALLOWED, Actor, Role
from tasks.control.context import build_control
from tasks.control.settings import SystemActor, write_overrides
from tests.studio.api.conftest import HOST
from tests.studio.conftest import QUICK

EXAMPLES = int(os.environ.get("ALPHASWARM_FUZZ_EXAMPLES", "4"))
STRANGER = "stranger"
CALLERS = (STRANGER, *Role)
MODES = {"valid": GenerationMode.POSITIVE, "invalid": GenerationMode.NEGATIVE}
load_all_checks()
# A name that there is not, or a drawing that cannot run, is valid by its schema and refused all the same.
BESIDE_THE_POINT = [CHECKS.get_one("positive_data_acceptance")]
KEPT_HEADERS = {"Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID"}

schema = schemathesis.openapi.from_dict(create_api().openapi())
OPERATIONS = {each.ok().label: each.ok() for each in schema.get_all_operations()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzzed:
    """An installation that anything may be asked of."""

    container: Container
    client: TestClient
    secrets: dict[str, str]
    """Caller → API token."""

    def reset(self) -> None:
        """Undo what earlier requests may have done to the flags and the switch."""
        control = self.container.control
        with control.database.write() as session:
            session.execute(update(KillSwitchRow).values(engaged=False))
        control.redis.delete(control.settings.risk_kill_switch_key)
        write_overrides(control, dict.fromkeys(FLAGS, True), SystemActor(name="test"), "reset")

    def ask(self, caller: str, case: Any) -> Any:
        """Send one request, and raise what is wrong with its answer."""
        sent = case.as_transport_kwargs(base_url=HOST)
        headers = {name: text for name, text in (sent.get("headers") or {}).items() if name in KEPT_HEADERS}
        if caller != STRANGER:
            headers["Authorization"] = f"Bearer {self.secrets[caller]}"
        body = {name: sent[name] for name in ("json", "data", "params") if name in sent}
        if isinstance(body.get("data"), bytes):
            body["content"] = body.pop("data")
        answer = self.client.request(sent["method"], sent["url"], headers=headers, **body)
        case.validate_response(Response.from_any(answer), excluded_checks=BESIDE_THE_POINT)
        return answer


@pytest.fixture(scope="module")
def fuzzed(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    """An installation on SQLite with somebody of every role, each with a token of all its scopes."""
    home = tmp_path_factory.mktemp("fuzz")
    url = f"sqlite:///{home / 'studio.db'}"
    migrate.upgrade(url)
    chosen = Settings(home=home, database_url=url, redis_url=f"{redis_url.rsplit('/', 1)[0]}/7")
    control = build_control(chosen, database=open_database(url))
    container = assemble(control, hasher=QUICK)
    with TestClient(
        create_api(container),
        base_url=HOST,
        headers={"Origin": HOST},
        raise_server_exceptions=False,
        # Where sign-in leads to is no part of the API.
        follow_redirects=False,
    ) as client:
        yield Fuzzed(
            container=container, client=client, secrets={role: _token(container, role) for role in Role}
        )
    control.close()


def _token(container: Container, role: Role) -> str:
    with container.database.write() as session:
        user = AccountRepository(session).create_user(
            name=role.value, role=role.value, password_hash="-", now=container.control.clock.now()
        )
    actor = Actor(id=user.id, name=user.name, role=role)
    scopes = sorted(ALLOWED[role] - FORBIDDEN)
    return container.tokens.create(actor, "fuzz", scopes, days=1).secret


@pytest.mark.parametrize("kind", MODES)
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_as_described_whoever_asks_and_whatever_for(
    fuzzed: Fuzzed, label: str, kind: str
) -> None:
    cases = OPERATIONS[label].as_strategy(generation_mode=MODES[kind])
    fuzzed.reset()

    @seed(20261126)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def ask_as_everybody(case: Any) -> None:
        for caller in CALLERS:
            fuzzed.ask(caller, case)

    try:
        ask_as_everybody()
    except Unsatisfiable:
        # An operation without parameters cannot be asked in a wrong way.
        assert kind == "invalid"
