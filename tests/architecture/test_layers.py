"""Imports point one way, and the engine stays embeddable."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.architecture.checkout import ROOT

LOADED = (
    "import sys, runtime.engine, runtime.catalog; runtime.catalog.node_kinds(); print(*sorted(sys.modules))"
)
NOT_OF_THE_ENGINE = {"reflex", "celery", "kombu", "sqlalchemy", "fastapi", "starlette", "redis", "alembic"}
ONLY_FOR_CHAT_MODELS = {"langchain", "langchain_openai", "openai", "tiktoken"}
"""Loaded when a workflow names a chat model, and not before."""


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Layers point one way KEPT" in done.stdout


def test_the_engine_loads_without_web_queue_and_database() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )

    loaded = {module.partition(".")[0] for module in done.stdout.split()}
    assert "runtime" in loaded
    assert loaded & NOT_OF_THE_ENGINE == set()
    assert loaded & ONLY_FOR_CHAT_MODELS == set()
