from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from persistence.artifacts import ArtifactRepository
from persistence.database import Database
from persistence.events import EventRepository
from runtime.ids import Digest, RunId
from tests.persistence.conftest import NOW
from tests.persistence.test_runs import R1, R2, accept


def test_frames_come_back_in_order_after_a_number(database: Database) -> None:
    accept(database, "r1", "r2")
    with database.write() as session:
        events = EventRepository(session)
        events.append(R1, [(2, NOW, {"stage": "b"}), (1, NOW, {"stage": "a"}), (3, NOW, {"stage": "c"})])
        events.append(R2, [(1, NOW, {"stage": "x"})])
        events.append(R1, [])

        assert [(event.seq, event.frame["stage"]) for event in events.after(R1)] == [
            (1, "a"),
            (2, "b"),
            (3, "c"),
        ]
        assert [event.seq for event in events.after(R1, 1, limit=1)] == [2]
        assert events.after(R1, 3) == []
        assert events.after(R1)[0].at == NOW


def test_a_batch_that_is_sent_twice_is_stored_once(database: Database) -> None:
    accept(database, "r1")
    for _ in range(2):
        with database.write() as session:
            EventRepository(session).append(R1, [(1, NOW, {"stage": "a"}), (2, NOW, {"stage": "b"})])
    with database.write() as session:
        EventRepository(session).append(R1, [(2, NOW, {"stage": "other"}), (3, NOW, {"stage": "c"})])

    with database.read() as session:
        stored = [event.frame["stage"] for event in EventRepository(session).after(R1)]

    assert stored == ["a", "b", "c"]


def test_frames_appended_at_once_get_consecutive_numbers(database: Database) -> None:
    accept(database, "r1")
    with database.read() as session:
        assert EventRepository(session).last_seq(R1) == 0

    def append(_: int) -> int:
        with database.write() as session:
            return EventRepository(session).append_next(R1, NOW, {"stage": "halt"})

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(append, range(4))) == [1, 2, 3, 4]


def test_many_runs_get_one_frame_each_under_their_own_next_numbers(database: Database) -> None:
    ids = [f"r{number:04}" for number in range(1, 602)]
    accept(database, *ids)
    with database.write() as session:
        events = EventRepository(session)
        events.append(RunId("r0002"), [(1, NOW, {"stage": "a"}), (2, NOW, {"stage": "b"})])

        numbers = events.append_next_all({RunId(one): {"stage": "halt", "of": one} for one in ids}, NOW)

        assert numbers == {RunId(one): 3 if one == "r0002" else 1 for one in ids}
        assert [events.after(RunId(one))[-1].frame["of"] for one in ids] == ids
        assert events.append_next_all({}, NOW) == {}


def test_frames_of_many_runs_appended_at_once_get_consecutive_numbers(database: Database) -> None:
    accept(database, "r1", "r2")

    def append(_: int) -> dict[RunId, int]:
        with database.write() as session:
            return EventRepository(session).append_next_all({R1: {"stage": "x"}, R2: {"stage": "y"}}, NOW)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(append, range(4)))

    assert sorted(one[R1] for one in found) == sorted(one[R2] for one in found) == [1, 2, 3, 4]


def test_a_payload_is_stored_once_under_its_digest(database: Database) -> None:
    digest, data = Digest("d" * 64), bytes(range(256)) * 4

    with database.write() as session:
        artifacts = ArtifactRepository(session)
        assert artifacts.put(digest, media="application/json", data=data, now=NOW)
        assert not artifacts.put(digest, media="text/plain", data=b"other", now=NOW)

    with database.read() as session:
        found = ArtifactRepository(session).get(digest)
        assert ArtifactRepository(session).get(Digest("e" * 64)) is None
    assert found is not None
    assert (found.media, found.data, found.created_at) == ("application/json", data, NOW)
