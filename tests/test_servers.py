"""The servers that the other tests stand on are what they say."""

from __future__ import annotations

import pytest
import redis
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.conftest import NewDatabase


def test_a_database_accepts_a_table_and_is_empty_for_the_next_test(database_url: str) -> None:
    engine = create_engine(database_url)

    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE only_here (id INTEGER)"))
        connection.execute(text("INSERT INTO only_here VALUES (1)"))
        rows = connection.execute(text("SELECT id FROM only_here")).all()

    engine.dispose()
    assert [tuple(row) for row in rows] == [(1,)]


def test_two_databases_of_one_session_are_not_the_same(new_database: NewDatabase, postgres_url: str) -> None:
    urls = [new_database("sqlite"), new_database("sqlite"), new_database("postgresql"), postgres_url]

    assert len(set(urls)) == 4
    assert {make_url(url).get_backend_name() for url in urls} == {"sqlite", "postgresql"}


def test_redis_is_a_real_server_and_is_emptied_on_request(
    redis_url: str, request: pytest.FixtureRequest
) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set("left-over", "1")

        request.getfixturevalue("clean_redis_url")

        assert client.dbsize() == 0
        assert client.info("server")["tcp_port"] == make_url(redis_url).port
