"""Frozen experiments: once per content, counted by name without gaps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from persistence.database import Database
from persistence.experiments import ExperimentRepository, ExperimentVersion
from runtime.ids import VersionId
from tests.persistence.conftest import NOW


@dataclass(frozen=True)
class Ann:
    """Who freezes."""

    id: str = "u1"
    name: str = "ann"


def freeze(database: Database, spec_hash: str, name: str = "exp") -> ExperimentVersion:
    with database.write() as session:
        return ExperimentRepository(session).freeze(
            name, spec_hash=spec_hash, payload={"hash": spec_hash}, actor=Ann(), now=NOW
        )


def test_the_same_content_is_the_same_version(database: Database) -> None:
    first, other, again = freeze(database, "a"), freeze(database, "b"), freeze(database, "a")

    assert again == first
    assert (first.version, other.version) == (1, 2)
    assert freeze(database, "c", name="else").version == 1
    with database.read() as session:
        experiments = ExperimentRepository(session)
        assert experiments.get(first.id) == first
        assert experiments.get(VersionId("nobody")) is None
        assert {version.id for version in experiments.list(name="exp")} == {first.id, other.id}
        assert len(experiments.list()) == 3


def test_versions_that_are_frozen_at_once_get_numbers_of_their_own(database: Database) -> None:
    hashes = ["a", "b", "c", "d"] * 2

    with ThreadPoolExecutor(8) as pool:
        frozen = list(pool.map(lambda spec_hash: freeze(database, spec_hash), hashes))

    assert {version.version for version in frozen} == {1, 2, 3, 4}
    assert len({version.id for version in frozen}) == 4
