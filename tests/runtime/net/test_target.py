"""Where a webhook may go, and secrets that stay references."""

import pytest

from runtime.errors import InvalidValue
from runtime.net.target import check_reference, check_url, parse_url, resolve_reference


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "http://example.com:8080/a?b=c",
        "https://[2606:4700::1111]/",
        "env:ALPHASWARM_SECRET_HOOK",
    ],
)
def test_a_web_address_or_a_reference_to_one_is_accepted(url: str) -> None:
    assert check_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "gopher://example.com",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        " https://example.com",
        "https://example.com/\r\nHost: other",
        "https://user:password@example.com",
        "https://example.com:99999",
        "https://exa mple.com",
        "https://[::1",
        "env:",
        "env:ALPHASWARM_SECRET_hook",
        "env:ALPHASWARM_DATABASE_URL",
        "env:AWS_SECRET_ACCESS_KEY",
        "https://example.com/" + "a" * 2000,
    ],
)
def test_anything_else_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        check_url(url)

    assert "password@" not in caught.value.message
    assert "AWS" not in caught.value.message


@pytest.mark.parametrize("text", ["hunter2", "ALPHASWARM_SECRET_X", "env:PATH", "env:ALPHASWARM_SECRET_X Y"])
def test_a_secret_is_a_reference_to_a_variable_made_for_it(text: str) -> None:
    with pytest.raises(InvalidValue, match="Never write a secret itself") as caught:
        check_reference(text)

    assert "hunter2" not in caught.value.message


def test_a_reference_becomes_its_value_where_it_is_used() -> None:
    environment = {
        "ALPHASWARM_SECRET_X": " value\n",
        "ALPHASWARM_SECRET_BAD": "a\nb",
        "ALPHASWARM_SECRET_NONE": " ",
    }

    assert resolve_reference("env:ALPHASWARM_SECRET_X", environment) == "value"
    assert resolve_reference("https://example.com", environment) == "https://example.com"
    with pytest.raises(InvalidValue, match="ALPHASWARM_SECRET_NONE is not set"):
        resolve_reference("env:ALPHASWARM_SECRET_NONE", environment)
    with pytest.raises(InvalidValue, match="cannot be sent"):
        resolve_reference("env:ALPHASWARM_SECRET_BAD", environment)


def test_a_url_from_a_secret_is_never_repeated_in_an_error() -> None:
    with pytest.raises(InvalidValue) as caught:
        parse_url("ftp://token-in-here.example.com")

    assert "token" not in caught.value.message
