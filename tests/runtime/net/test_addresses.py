"""Which addresses a workflow may reach."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import InvalidValue
from runtime.net.addresses import is_allowed, is_named, is_public, parse_address, parse_networks
from runtime.settings import Settings

PRIVATE = [
    "127.0.0.1",
    "127.255.0.9",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "fc00::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("text", PRIVATE)
def test_what_is_not_one_machine_on_the_internet_is_refused(text: str) -> None:
    assert not is_allowed(parse_address(text), ())


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_allowed(text: str) -> None:
    assert is_public(parse_address(text))


def test_a_network_that_an_administrator_named_is_allowed_and_no_other() -> None:
    allowed = parse_networks("10.1.0.0/16, ::1/128")

    assert is_allowed(parse_address("10.1.2.3"), allowed)
    assert is_allowed(parse_address("::ffff:10.1.2.3"), allowed)
    assert is_allowed(parse_address("::1"), allowed)
    assert not is_allowed(parse_address("10.2.0.1"), allowed)
    assert not is_named(parse_address("8.8.8.8"), allowed)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "everything", "10.0.0.0/40"])
def test_networks_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_networks(text)
    with pytest.raises(ValueError, match="outbound_private_networks"):
        Settings(outbound_private_networks=text)


def test_what_a_resolver_gives_that_is_no_address_is_refused() -> None:
    with pytest.raises(InvalidValue):
        parse_address("not an address")


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_the_same_in_its_mapped_form(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")

    assert is_public(mapped) == is_public(address)
