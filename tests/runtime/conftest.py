"""Fixtures of the runtime's tests."""

import asyncio
from collections.abc import Iterator

import pytest

from runtime.catalog import node_kinds
from tests.runtime.probes import PROBES, FragileProbe, ParkedProbe


@pytest.fixture
def probes() -> Iterator[None]:
    """The probe kinds are part of the catalogue while the test runs."""
    node_kinds().update({probe.kind: probe for probe in PROBES})
    ParkedProbe.reached = asyncio.Event()
    FragileProbe.reached, FragileProbe.broken, FragileProbe.executed = asyncio.Event(), False, 0
    yield
    for probe in PROBES:
        node_kinds().pop(probe.kind, None)
