"""Where a webhook goes: a URL or a reference to one, and secrets that stay references until they are used."""

import re
from collections.abc import Mapping

import httpx

from runtime.errors import InvalidValue

SECRET_PREFIX = "ALPHASWARM_SECRET_"  # noqa: S105  the prefix of variables, no secret
MAX_URL = 2000
MAX_PORT = 65535
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
"""A name in its ASCII form, or an address."""
_REFERENCE = re.compile(rf"env:({SECRET_PREFIX}[A-Z0-9_]+)")


def check_url(text: str) -> str:
    """Return a URL, or a reference to one, that may be stored; raises `InvalidValue` with what to do."""
    if text.startswith("env:"):
        return check_reference(text)
    parse_url(text)
    return text


def check_reference(text: str) -> str:
    """Return a reference to a secret; raises `InvalidValue` for anything else, without repeating it.

    Only variables with the prefix can be named: a drawing must not carry off the keys of the installation.
    """
    if _REFERENCE.fullmatch(text) is None:
        raise InvalidValue(
            f"A secret is written env:{SECRET_PREFIX}NAME, where the variable of that name is set for the workers. "
            "Never write a secret itself into a workflow."
        )
    return text


def resolve_reference(text: str, environment: Mapping[str, str]) -> str:
    """Return what a reference stands for, or the text that is none; raises `InvalidValue` when it is not set."""
    if not text.startswith("env:"):
        return text
    name = check_reference(text).removeprefix("env:")
    value = environment.get(name, "").strip()
    if not value:
        raise InvalidValue(f"The variable {name} is not set where the workers run.")
    if not value.isprintable() or not value.isascii():
        raise InvalidValue(f"The variable {name} holds characters that cannot be sent.")
    return value


def parse_url(text: str) -> httpx.URL:
    """Return the parsed URL; raises `InvalidValue`, which never repeats the URL: it may hold a token."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise InvalidValue(
            "This is no URL. Write one such as https://example.com/hook.", field="url"
        ) from None
    if url.scheme not in ("http", "https"):
        raise InvalidValue("Only http and https addresses can be reached.", field="url")
    whole = _HOST.fullmatch(url.raw_host.decode()) and len(text) <= MAX_URL and text == text.strip()
    if not whole or not 0 < (url.port or 443) <= MAX_PORT:
        raise InvalidValue("This is no URL. Write one such as https://example.com/hook.", field="url")
    if url.userinfo:
        raise InvalidValue("Leave user and password out of the URL; give a secret instead.", field="url")
    return url
