"""One body for every operation that takes one, as its description shows it: each is accepted as it stands."""

from collections.abc import Mapping
from typing import Any

_WHY = {"reason": "Drill"}
_OWN = {"your_password": "a sentence of one's own"}
_PROPOSAL = {"name": "reversal", "formula": "-delta(close, 5)"}
_EXPERIMENT = {"name": "two-shares", "market": {"symbols": ["AAPL", "XOM"]}}
_BOT = {
    "name": "Trend follower",
    "slug": "trend",
    "universe": ["AAPL", "MSFT", "JPM"],
    "strategy": "momentum",
    "deployment": {"target": "paper_session", "start": "2020-01-02", "max_bars": 20},
}

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "POST /api/session": {"name": "Ada Lovelace", "password": "a sentence of one's own"},
    "POST /api/session/first-run": {
        "name": "Ada Lovelace",
        "password": "a sentence of one's own",
        "link": "the-token-of-the-link",
    },
    "PUT /api/session/password": {"password": "another long sentence"} | _OWN,
    "POST /api/settings/flip": {"values": {"orchestration_studio_enabled": True}, "reason": "Phase 2"},
    "POST /api/settings/revert": {"reason": "Back to the defaults"},
    "POST /api/tokens": {"name": "nightly", "scopes": ["run"], "days": 30},
    "POST /api/accounts": {"name": "Grace Hopper", "password": "a sentence for Grace", "role": "analyst"}
    | _OWN,
    "PUT /api/accounts/{account_id}/role": {"role": "operator", "reason": "Night desk"} | _OWN,
    "PUT /api/accounts/{account_id}/password": {"password": "another sentence", "reason": "Forgot it"} | _OWN,
    "POST /api/accounts/{account_id}/disable": {"reason": "Left the firm"},
    "POST /api/accounts/{account_id}/enable": {"reason": "Came back"} | _OWN,
    "POST /portfolio/kill_switch": {"reason": "Runaway orders", "engage": True},
    "POST /workflows/runs/{run_id}/approvals/{node_id}": {"approve": True, "comment": "Seen"},
    "POST /workflows/halt": _WHY,
    "POST /api/halt-everything": {"reason": "Fat finger", "typed": "HALT"},
    "POST /api/desks/{desk}/runs": {"config": {"universe": ["AAPL", "MSFT"]}, "name": "momentum"},
    "POST /api/desks/{desk}/halt": _WHY,
    "POST /api/desks/{desk}/runs/{run_id}/halt": _WHY,
    "POST /agents/specs": {"name": "sceptic", "role": "Sceptic", "system_prompt": "Doubt."},
    "POST /agents/runs/v2": {"spec": "research.analyst", "symbols": ["AAPL"], "prompt": "Should we hold it?"},
    "POST /agents/runs/v2/sync": {"spec": "research.analyst", "symbols": ["AAPL"], "timeout_seconds": 10},
    "POST /agents/halt": _WHY,
    "POST /quant-agents/factor/compile-preview": {"formula": "rank(-delta(close, 5))"},
    "POST /quant-agents/alpha-researcher/propose": {"symbols": ["AAPL", "MSFT", "XOM"], "evaluations": 10},
    "POST /quant-agents/alpha-researcher/evaluate": {
        "proposal": _PROPOSAL,
        "symbols": ["AAPL", "MSFT", "XOM"],
    },
    "POST /quant-agents/strategy-executor/dispatch": {"proposal": _PROPOSAL, "action": "replay"},
    "POST /quant-agents/halt": _WHY,
    "POST /paper/start": {"config": {"universe": ["AAPL", "MSFT"]}, "run_name": "momentum"},
    "POST /rl/train": {"run_name": "first", "config": _EXPERIMENT},
    "POST /rl/evaluate": {"run_id": "4f742979"},
    "POST /rl/replay": {"run_id": "4f742979"},
    "POST /rl/walk-forward": {"config": _EXPERIMENT, "folds": 4},
    "POST /rl/best-of-n": {"config": _EXPERIMENT, "candidates": 4},
    "POST /rl/halt-all": _WHY,
    "POST /bots": {"spec": _BOT, "notes": "the first version"},
    "PUT /bots/{ref}": {"spec": _BOT, "notes": "slower"},
    "POST /bots/{ref}/deploy": {"target": "paper_session"},
    "POST /bots/{ref}/backtest": {"version": 1},
    "POST /bots/{ref}/paper/start": {"version": 1},
    "POST /workflows": {"name": "research.my_idea", "adapter": "WorkflowStudioAdapter"},
    "PUT /workflows/{name}": {"adapter": "WorkflowStudioAdapter", "description": "What it is for"},
    "POST /workflows/{name}/run": {"inputs": {}},
    "POST /api/schedules/preview": {"cron": "0 7 * * 1-5", "timezone": "Europe/Berlin"},
    "PUT /api/schedules/{workflow}": {"cron": "0 7 * * 1-5", "timezone": "Europe/Berlin", "misfire": "once"},
    "POST /mcp/data/tools/{name}/invoke": {"arguments": {}},
}
"""Operation → body."""
