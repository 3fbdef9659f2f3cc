"""Browsers against `create_api`: one that is signed in, one that is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from studio.api.app import create_api
from studio.api.auth import COOKIE
from tests.studio.conftest import Office

HOST = "http://studio.test"


@pytest.fixture
def api(office: Office) -> FastAPI:
    """The API over a container of its own."""
    return create_api(office.container)


@pytest.fixture
def stranger(api: FastAPI) -> Iterator[TestClient]:
    """A browser on our own pages without a session."""
    with TestClient(
        api,
        base_url=HOST,
        headers={"Origin": HOST},
        raise_server_exceptions=False,
        follow_redirects=False,
    ) as client:
        yield client


@pytest.fixture
def browser(stranger: TestClient, office: Office) -> TestClient:
    """The same browser, signed in as the admin."""
    stranger.cookies.set(COOKIE, office.token, domain="studio.test")
    return stranger
