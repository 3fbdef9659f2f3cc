"""Who may ask what: every operation of the API, by a stranger and by every role.

`NEEDS` is the contract, written out by hand. Who lacks the permission is answered 403 (a stranger 401), whatever they ask about;
who has it is answered something else. Bodies are as small as an operation takes.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.api.app import PUBLIC
from studio.api.examples import EXAMPLES
from tasks.access import ALLOWED, Permission, Role
from tasks.control.settings import SystemActor, write_overrides
from tests.studio.api.house import ON, OPERATIONS, House, open_house, release_switch, sign_in

ANYBODY = None
"""Whoever is signed in."""
P = Permission
NEEDS: dict[str, Permission | tuple[Permission, ...] | None] = {
    "GET /api/session": ANYBODY,
    "DELETE /api/session": ANYBODY,
    "PUT /api/session/password": ANYBODY,
    "DELETE /api/sessions/{session_id}": ANYBODY,
    "GET /api/settings": P.READ,
    "GET /api/settings/checks": P.SETTINGS,
    "GET /api/settings/history": P.READ,
    "POST /api/settings/flip": P.SETTINGS,
    "POST /api/settings/revert": P.SETTINGS,
    "GET /metrics": P.READ,
    "GET /api/tokens": ANYBODY,
    "POST /api/tokens": ANYBODY,
    "DELETE /api/tokens/{token_id}": ANYBODY,
    "GET /api/accounts": P.ACCOUNTS,
    "POST /api/accounts": P.ACCOUNTS,
    "GET /api/accounts/{account_id}": P.ACCOUNTS,
    "PUT /api/accounts/{account_id}/role": P.ACCOUNTS,
    "PUT /api/accounts/{account_id}/password": P.ACCOUNTS,
    "POST /api/accounts/{account_id}/disable": P.ACCOUNTS,
    "POST /api/accounts/{account_id}/enable": P.ACCOUNTS,
    "GET /api/accounts/{account_id}/sessions": P.ACCOUNTS,
    "GET /portfolio/kill_switch": P.READ,
    "POST /portfolio/kill_switch": P.ENGAGE,
    "GET /api/audit": P.AUDIT,
    "GET /api/audit.csv": P.AUDIT,
    "GET /workflows/approvals": P.READ,
    "POST /workflows/runs/{run_id}/approvals/{node_id}": P.APPROVE,
    "GET /workflows/runs": P.READ,
    "GET /workflows/runs/{run_id}": P.READ,
    "POST /workflows/runs/{run_id}/replay": P.RUN,
    "GET /workflows/runs/{run_id}/events": P.READ,
    "POST /workflows/halt": P.HALT_ALL,
    "GET /workflows/halt/{halt_id}": P.READ,
    "POST /api/halt-everything": P.HALT_ALL,
    "GET /api/halt-everything/{halt_id}": P.READ,
    "GET /api/desks": P.READ,
    "GET /api/desks/{desk}/runs": P.READ,
    "POST /api/desks/{desk}/runs": P.RUN,
    "GET /api/desks/{desk}/runs/{run_id}": P.READ,
    "GET /api/desks/{desk}/runs/{run_id}/events": P.READ,
    "POST /api/desks/{desk}/halt": P.HALT_ALL,
    "POST /api/desks/{desk}/runs/{run_id}/halt": P.HALT,
    "GET /agents/specs": P.READ,
    "POST /agents/specs": P.DRAW,
    "GET /agents/specs/{name}": P.READ,
    "GET /agents/runs/v2": P.READ,
    "POST /agents/runs/v2": P.RUN,
    "POST /agents/runs/v2/sync": P.RUN,
    "GET /agents/runs/v2/{run_id}": P.READ,
    "POST /agents/runs/v2/{run_id}/replay": P.RUN,
    "POST /agents/halt": P.HALT_ALL,
    "GET /quant-agents/specs": P.READ,
    "POST /quant-agents/factor/compile-preview": P.READ,
    "POST /quant-agents/alpha-researcher/propose": P.RUN,
    "POST /quant-agents/alpha-researcher/evaluate": P.RUN,
    "POST /quant-agents/strategy-executor/dispatch": P.RUN,
    "POST /quant-agents/halt": P.HALT_ALL,
    "POST /paper/start": P.RUN,
    "POST /paper/stop/{task_id}": P.HALT,
    "POST /paper/stop-all": P.HALT_ALL,
    "GET /paper/runs": P.READ,
    "GET /paper/runs/{run_id}": P.READ,
    "POST /rl/train": P.RUN,
    "POST /rl/evaluate": P.RUN,
    "POST /rl/replay": P.RUN,
    "POST /rl/walk-forward": P.RUN,
    "POST /rl/best-of-n": P.RUN,
    "POST /rl/halt-all": P.HALT_ALL,
    "GET /rl/runs": P.READ,
    "GET /rl/runs/{run_id}": P.READ,
    "GET /rl/runs/{run_id}/checkpoint": P.READ,
    "GET /rl/experiments/schema": P.READ,
    "GET /rl/experiments": P.READ,
    "GET /rl/experiments/{version_id}": P.READ,
    "GET /bots": P.READ,
    "POST /bots": P.DRAW,
    "GET /bots/strategies": P.READ,
    "POST /bots/halt-all": P.HALT_ALL,
    "GET /bots/{ref}": P.READ,
    "PUT /bots/{ref}": P.DRAW,
    "DELETE /bots/{ref}": P.DRAW,
    "GET /bots/{ref}/versions": P.READ,
    "GET /bots/{ref}/deployments": P.READ,
    "POST /bots/{ref}/deploy": P.RUN,
    "POST /bots/{ref}/backtest": P.RUN,
    "POST /bots/{ref}/paper/start": P.RUN,
    "POST /bots/{ref}/paper/stop/{task_id}": P.HALT,
    "POST /bots/{ref}/halt": P.HALT,
    "GET /workflows/adapters": P.READ,
    "GET /workflows": P.READ,
    "POST /workflows": P.DRAW,
    "GET /workflows/{name}": P.READ,
    "PUT /workflows/{name}": P.DRAW,
    "DELETE /workflows/{name}": P.DRAW,
    "GET /workflows/{name}/versions": P.READ,
    "POST /workflows/{name}/run": P.RUN,
    "GET /api/deleted-workflows": P.READ,
    "POST /api/deleted-workflows/{name}/restore": P.DRAW,
    "DELETE /api/deleted-workflows/{name}": P.DRAW,
    "GET /api/nodes": P.READ,
    "GET /api/nodes/{kind}": P.READ,
    "GET /api/schedules": P.READ,
    "POST /api/schedules/preview": P.READ,
    "GET /api/schedules/{workflow}": P.READ,
    "PUT /api/schedules/{workflow}": P.RUN,
    "DELETE /api/schedules/{workflow}": P.RUN,
    "POST /api/schedules/{workflow}/pause": (P.RUN, P.HALT_ALL),
    "POST /api/schedules/{workflow}/resume": P.RUN,
    "GET /mcp/data/tools": P.READ,
    "GET /mcp/data/tools/{name}": P.READ,
    "POST /mcp/data/tools/{name}/invoke": P.READ,
}
OPEN = {f"{method} {path}" for method, path in PUBLIC}


@pytest.fixture(scope="module")
def house(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """With all six flags on."""
    with open_house(
        f"{redis_url.rsplit('/', 1)[0]}/8", tmp_path_factory.mktemp("roles"), flags=True
    ) as opened:
        yield opened


def as_at_first(house: House, role: Role) -> None:
    """Undo what an operation before may have done: to the flags, to the kill switch, to the role's session."""
    release_switch(house)
    write_overrides(house.container.control, ON, SystemActor(name="test"), "reset")
    sign_in(house, role)


def test_the_contract_names_every_operation_once() -> None:
    assert set(NEEDS) | OPEN == set(OPERATIONS)
    assert not set(NEEDS) & OPEN


def test_every_operation_with_a_body_shows_an_example_of_it() -> None:
    bare = [
        label
        for label, operation in OPERATIONS.items()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if "example" not in content
    ]

    assert bare == []
    assert {label for label in EXAMPLES if "requestBody" not in OPERATIONS[label]} == set()


@pytest.mark.parametrize("label", sorted(NEEDS))
def test_who_may_is_let_through_and_who_may_not_is_told_so(house: House, label: str) -> None:
    needed = NEEDS[label]

    stranger = house.ask("stranger", label)
    assert (stranger.status_code, stranger.json()["code"]) == (401, "sign-in-required")
    for role in Role:
        as_at_first(house, role)
        answer = house.ask(role, label)
        wanted = needed if isinstance(needed, tuple) else (needed,)
        may = needed is None or any(each in ALLOWED[role] for each in wanted)
        refused = answer.status_code == 403 and answer.json()["code"] == "access-denied"
        assert refused != may, f"{role}: {answer.status_code} {answer.text}"
        assert answer.status_code != 401, f"{role}: {answer.text}"
        assert answer.status_code < 500 or answer.status_code == 503, f"{role}: {answer.text}"
        if may and answer.status_code == 422:
            # Refused for what it asks about, not for how the example looks.
            assert "errors" not in answer.json(), answer.text
