"""`GET /metrics`: what Prometheus' own parser reads of it, and who may ask."""

from __future__ import annotations

from datetime import timedelta

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from persistence.measures import HaltTimes
from studio.api.metrics import BUCKETS, halt_seconds
from tests.fakes import EPOCH
from tests.studio.conftest import Office


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_monitor_with_a_token_reads_what_is_true_now(stranger: TestClient, office: Office) -> None:
    token = office.container.tokens.create(office.admin, "prometheus", ["read"], days=30).secret

    answer = stranger.get("/metrics", headers={"Authorization": f"Bearer {token}"})

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = samples(answer.text)
    assert found["alphaswarm_up", ("database",)] == 1
    assert found["alphaswarm_kill_switch", ("engaged",)] == 0
    assert sum(value for (name, _), value in found.items() if name == "alphaswarm_kill_switch") == 1
    assert found["alphaswarm_leases", ("held",)] == 0
    assert found["alphaswarm_halt_seconds_count", ("proved",)] == 0


def test_without_a_session_or_a_token_that_lives_nothing_is_told(
    stranger: TestClient, office: Office
) -> None:
    made = office.container.tokens.create(office.admin, "prometheus", ["read"], days=30)
    office.container.tokens.revoke(office.admin, made.record.id)

    assert stranger.get("/metrics").status_code == 401
    assert stranger.get("/metrics", headers={"Authorization": f"Bearer {made.secret}"}).status_code == 401


def test_the_histogram_counts_each_step_of_each_halt_in_all_buckets_from_its_time_on() -> None:
    def after(milliseconds: float) -> timedelta:
        return timedelta(milliseconds=milliseconds)

    halts = [
        HaltTimes(
            requested_at=EPOCH,
            acknowledged_at=EPOCH + after(8),
            last_effect_at=EPOCH - after(3),
            proved_at=EPOCH + after(40),
        ),
        HaltTimes(
            requested_at=EPOCH, acknowledged_at=None, last_effect_at=None, proved_at=EPOCH + after(60_000)
        ),
    ]

    found = {(s.name, *s.labels.values()): s.value for s in halt_seconds(halts).samples}

    assert found["alphaswarm_halt_seconds_bucket", "proved", "0.025"] == 0
    assert found["alphaswarm_halt_seconds_bucket", "proved", "0.05"] == 1
    assert found["alphaswarm_halt_seconds_bucket", "proved", str(BUCKETS[-1])] == 1
    assert found["alphaswarm_halt_seconds_bucket", "proved", "+Inf"] == 2
    assert found["alphaswarm_halt_seconds_sum", "proved"] == 60.04
    assert found["alphaswarm_halt_seconds_bucket", "last_effect", "0.005"] == 1
    assert found["alphaswarm_halt_seconds_count", "acknowledged"] == 1
