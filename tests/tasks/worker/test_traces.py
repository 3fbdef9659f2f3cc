"""Spans leave a worker when a collector is named, and only then."""

import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tasks.worker.traces import wants_traces

SENDS_ONE = """
from tasks.worker.traces import close_traces, open_traces
from runtime.spans import process_tracer
open_traces()
process_tracer().start_span("workflow probe").end()
close_traces()
"""


class Collector(BaseHTTPRequestHandler):
    """Takes what is posted."""

    posted: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_a_collector_has_to_be_named(environment: dict[str, str], wanted: bool) -> None:
    assert wants_traces(environment) is wanted


def test_what_was_recorded_is_sent_before_the_worker_ends() -> None:
    posted: list[tuple[str, bytes]] = []
    handler = type("Kept", (Collector,), {"posted": posted})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        # A process of its own: a tracer provider can be set once.
        subprocess.run(
            [sys.executable, "-c", SENDS_ONE],
            check=True,
            env={"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint},
            timeout=60,
        )
        server.shutdown()

    assert [path for path, _ in posted] == ["/v1/traces"]
    assert b"workflow probe" in posted[0][1]
    assert b"alphaswarm-worker" in posted[0][1]
