"""One installation per database for the whole module; a worker for those tests that want one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import NewDatabase
from tests.integration.installation import Installation


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def installation(
    request: pytest.FixtureRequest, new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation without a worker."""
    made = Installation.start(tmp_path_factory.mktemp("home"), new_database(request.param))
    yield made
    made.stop()


@pytest.fixture
def served(installation: Installation) -> Installation:
    """The installation with at least one worker; it is left running for the next test."""
    if not installation.workers:
        installation.start_worker()
    return installation
