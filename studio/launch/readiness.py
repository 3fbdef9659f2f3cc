"""Whether the parts of the studio answer: asked by the supervisor before it prints the link."""

from __future__ import annotations

import http.client

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

ASK_SECONDS = 2.0


def redis_answers(url: str) -> bool:
    """Whether a PING is answered; a wrong password, or an address that is none, counts as no answer."""
    try:
        with redis.Redis.from_url(
            url, socket_timeout=ASK_SECONDS, socket_connect_timeout=ASK_SECONDS, retry=Retry(NoBackoff(), 0)
        ) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError, ValueError):
        return False


def web_answers(host: str, port: int, path: str = "/ping") -> bool:
    """Whether the web process serves `path`."""
    connection = http.client.HTTPConnection(host, port, timeout=ASK_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
