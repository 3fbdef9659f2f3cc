"""Sends the spans of runs to a collector, when the standard variables of OpenTelemetry name one; otherwise does nothing.

`OTEL_EXPORTER_OTLP_ENDPOINT` (or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`) switches it on; headers, timeouts and sampling are
those of the SDK's other variables.
"""

import logging
import os
from collections.abc import Mapping
from threading import Thread

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

_log = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SERVICE = "alphaswarm-worker"
GOODBYE_SECONDS = 2.0
"""What is left to send may take so long when a worker ends; a collector that is away must not hold it."""


def wants_traces(environment: Mapping[str, str]) -> bool:
    """Say whether the environment names a collector and does not switch the SDK off."""
    off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return not off and any(environment.get(name, "").strip() for name in ENDPOINTS)


def open_traces() -> None:
    """Begin to send spans, in this process; call it after a fork, since the sender is a thread."""
    if not wants_traces(os.environ):
        return
    name = os.environ.get("OTEL_SERVICE_NAME", "").strip() or SERVICE
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _log.info("traces are sent", extra={"service": name})


def close_traces() -> None:
    """Send what is left, for as long as a goodbye may take."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        sender = Thread(target=provider.shutdown, name="last-traces", daemon=True)
        sender.start()
        sender.join(GOODBYE_SECONDS)
