"""`GET /metrics` for Prometheus: the text format, made anew at every scrape from what is true now.

A scraper signs in with an API token of scope `read`, as its bearer token.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from persistence.measures import HaltTimes
from studio.api.auth import CurrentActor, Services
from tasks.control.metrics import Living, Measures, Stored, measure
from tasks.control.switch import SwitchState

router = APIRouter(tags=["process"])

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper ends in seconds of the halt histogram; the last one is +Inf."""


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Metrics in Prometheus' text format."}},
)
def metrics(actor: CurrentActor, container: Services) -> Response:
    """Return what a monitor wants to know now; a part that does not answer is told by `alphaswarm_up`."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Look(measure(container.control, actor)))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Look(Collector):
    """The metrics of one look."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        """Give every metric that is known."""
        look = self._measures
        up = GaugeMetricFamily("alphaswarm_up", "Whether a part answers: 1 when it does.", labels=["part"])
        up.add_metric(["database"], float(look.stored is not None))
        up.add_metric(["redis"], float(look.living is not None))
        yield up
        switch = GaugeMetricFamily(
            "alphaswarm_kill_switch",
            "The state of the kill switch: 1 for the one it is in.",
            labels=["state"],
        )
        for state in get_args(SwitchState):
            switch.add_metric([state], float(state == look.switch))
        yield switch
        if look.stored is not None:
            yield from _of_database(look.stored)
        if look.living is not None:
            yield from _of_redis(look.living)


def _of_database(stored: Stored) -> Iterator[Metric]:
    runs = GaugeMetricFamily(
        "alphaswarm_runs", "Runs in the database, by desk and status.", labels=["desk", "status"]
    )
    for (desk, status), count in sorted(stored.runs.counts.items()):
        runs.add_metric([desk, status], count)
    yield runs
    spent = GaugeMetricFamily(
        "alphaswarm_spent_usd", "What the runs in the database have cost, in USD.", labels=["desk"]
    )
    for desk, usd in sorted(stored.runs.spent_usd.items()):
        spent.add_metric([desk], usd)
    yield spent
    leases = GaugeMetricFamily(
        "alphaswarm_leases", "Leases of running runs; a lapsed one has lost its worker.", labels=["state"]
    )
    leases.add_metric(["held"], stored.leases_held)
    leases.add_metric(["lapsed"], stored.leases_lapsed)
    yield leases
    yield GaugeMetricFamily(
        "alphaswarm_halts_unproved",
        "Halted runs whose last side effect is not proved to be in the past.",
        value=stored.halts_unproved,
    )
    yield halt_seconds(stored.halts_proved)


def halt_seconds(halts: Sequence[HaltTimes]) -> Metric:
    """Return the histogram of the halts, by step."""
    family = HistogramMetricFamily(
        "alphaswarm_halt_seconds",
        "Seconds from the request to halt a run to each step of it; effects before the request count as 0.",
        labels=["step"],
    )
    steps: dict[str, list[float]] = {"acknowledged": [], "last_effect": [], "proved": []}
    for halt in halts:
        times = {
            "acknowledged": halt.acknowledged_at,
            "last_effect": halt.last_effect_at,
            "proved": halt.proved_at,
        }
        for step, at in times.items():
            if at is not None:
                steps[step].append(max((at - halt.requested_at).total_seconds(), 0.0))
    for step, seconds in steps.items():
        family.add_metric([step], list(_buckets(seconds)), sum_value=sum(seconds))
    return family


def _buckets(seconds: Iterable[float]) -> Iterator[tuple[str, float]]:
    found = list(seconds)
    for end in BUCKETS:
        yield str(end), float(sum(each <= end for each in found))
    yield "+Inf", float(len(found))


def _of_redis(living: Living) -> Iterator[Metric]:
    workers = GaugeMetricFamily(
        "alphaswarm_worker_processes", "Worker processes that show that they live.", labels=["state"]
    )
    busy = sum(bool(process.runs) for process in living.work_force.processes)
    workers.add_metric(["busy"], busy)
    workers.add_metric(["idle"], len(living.work_force.processes) - busy)
    yield workers
    queues = GaugeMetricFamily(
        "alphaswarm_queue_depth", "Messages that wait for a worker, by queue.", labels=["queue"]
    )
    for queue, depth in living.work_force.queues.items():
        queues.add_metric([queue], depth)
    yield queues
    transitions = CounterMetricFamily(
        "alphaswarm_transitions", "Transitions of runs that have ended, by how.", labels=["status"]
    )
    for status, count in sorted(living.transitions.items()):
        transitions.add_metric([status], count)
    yield transitions
    if living.beat_age_seconds is not None:
        yield GaugeMetricFamily(
            "alphaswarm_beat_age_seconds",
            "Seconds since a tick of beat was taken; absent when none was within a minute.",
            value=living.beat_age_seconds,
        )
