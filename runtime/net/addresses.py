"""Which addresses a workflow may reach: the public internet, and private networks that an administrator has named.

A drawing is written by people who may not see what the worker's machine sees: its own services, the local network, the
metadata service of a cloud. OWASP calls the attack server-side request forgery.
"""

import ipaddress
from collections.abc import Sequence

from runtime.errors import InvalidValue

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_REFUSED: tuple[Network, ...] = (
    ipaddress.IPv6Network("2002::/16"),  # 6to4: carries an IPv4 address, also a private one
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays
    ipaddress.IPv4Network("168.63.129.16/32"),  # services of the Azure host, on a public address
)


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a comma-separated list such as `10.1.0.0/16, ::1/128`; raises `ValueError`."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Tell whether a workflow may connect to an address."""
    plain = _plain(address)
    return is_public(plain) or is_named(plain, allowed)


def is_named(address: Address, allowed: Sequence[Network]) -> bool:
    """Tell whether an administrator has named the address's network."""
    plain = _plain(address)
    return any(plain.version == network.version and plain in network for network in allowed)


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to one machine on the public internet."""
    plain = _plain(address)
    if any(plain.version == network.version and plain in network for network in _REFUSED):
        return False
    if isinstance(plain, ipaddress.IPv6Address) and plain not in _GLOBAL_UNICAST:
        return False
    return plain.is_global and not plain.is_multicast


def parse_address(text: str) -> Address:
    """Return what the resolver gave; raises `InvalidValue` for what is no address."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise InvalidValue("The address cannot be read.", field="url") from None


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, else the address."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
