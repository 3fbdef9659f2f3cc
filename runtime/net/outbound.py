"""The way out over HTTP: resolve first, judge every address, connect to the address that was judged.

No redirect is followed, no proxy and no cookie used, and nothing of URL, secret or answer reaches a log: the transport of
httpx is used without its client, which logs URLs.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import httpx

from runtime.errors import InvalidValue, TooLarge, Unavailable
from runtime.net.addresses import Address, Network, is_allowed, is_named, parse_address
from runtime.net.target import parse_url, resolve_reference
from runtime.ports import Delivery, Posting

MAX_BODY = 1024 * 1024
MAX_ANSWER = 64 * 1024
"""Bytes of an answer that are read; the rest is left unread."""
MAX_ADDRESSES = 4
"""Addresses of one name that are tried."""
_SENT = ("http11.send_request_headers.complete", "http11.send_request_body.complete")
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve_host(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host name; raises `OSError` when there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class HttpOutbound:
    """Implements `Outbound`; `private_networks` may be reached beside the public internet."""

    def __init__(
        self,
        *,
        private_networks: Sequence[Network] = (),
        environment: Mapping[str, str] | None = None,
        resolve: Resolve = resolve_host,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = tuple(private_networks)
        self._environment = os.environ if environment is None else environment
        self._resolve = resolve
        self._given_tls = tls

    async def post(self, posting: Posting, *, sent: Callable[[], None]) -> Delivery:
        """Post once; calls `sent` when the request has left, again when its body has."""
        if len(posting.body) > MAX_BODY:
            raise TooLarge(f"The webhook's {len(posting.body):,} bytes are more than {MAX_BODY:,}.")
        url = parse_url(resolve_reference(posting.url, self._environment))
        on_its_way = False

        def mark() -> None:
            nonlocal on_its_way
            on_its_way = True
            sent()

        try:
            async with asyncio.timeout(posting.timeout_seconds):
                return await self._deliver(url, posting, mark)
        except TimeoutError:
            words = f"{url.host} did not answer within {posting.timeout_seconds:g} seconds"
        except (httpx.TransportError, httpx.StreamError, ssl.SSLError) as error:
            words = f"{url.host} cannot be reached ({type(error).__name__})"
        unsure = f"; it may have got the request, whose key is {posting.key}" if on_its_way else ""
        raise Unavailable(f"{words}{unsure}.")

    async def _deliver(self, url: httpx.URL, posting: Posting, sent: Callable[[], None]) -> Delivery:
        secret = resolve_reference(posting.secret, self._environment)
        addresses = await self._judged(url, with_secret=bool(secret))
        headers = _headers(url, posting, secret)
        transport = httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False)
        async with transport:
            for place, address in enumerate(addresses):
                request = _request(url, address, headers=headers, body=posting.body, sent=sent)
                try:
                    status, received = await _exchange(transport, request)
                    return Delivery(host=url.host, status=status, received=received)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    # Nothing was sent: the next address may answer.
                    if place == len(addresses) - 1:
                        raise
        raise AssertionError("a name without addresses does not resolve")

    async def _judged(self, url: httpx.URL, *, with_secret: bool) -> list[Address]:
        """Return the addresses of the host; refuses all when one of them is not allowed."""
        host, port = url.raw_host.decode(), url.port or (443 if url.scheme == "https" else 80)
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise Unavailable(f"The name {url.host} cannot be resolved.") from None
        addresses = [parse_address(text) for text in found]
        if not addresses or not all(is_allowed(address, self._allowed) for address in addresses):
            raise InvalidValue(
                f"{url.host} is not on the public internet. An administrator can allow its network with "
                "ALPHASWARM_OUTBOUND_PRIVATE_NETWORKS.",
                field="url",
            )
        private = all(is_named(address, self._allowed) for address in addresses)
        if with_secret and url.scheme != "https" and not private:
            raise InvalidValue("A secret is sent over https only.", field="url")
        return addresses[:MAX_ADDRESSES]

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or httpx.create_ssl_context()


def _headers(url: httpx.URL, posting: Posting, secret: str) -> dict[str, str]:
    headers = {
        "Host": url.netloc.decode(),
        "Content-Type": "application/json",
        "Accept": "*/*",
        "User-Agent": "alphaswarm-studio",
        "Idempotency-Key": posting.key,
        "Connection": "close",
    }
    return headers | ({"Authorization": f"Bearer {secret}"} if secret else {})


def _request(
    url: httpx.URL, address: Address, *, headers: Mapping[str, str], body: bytes, sent: Callable[[], None]
) -> httpx.Request:
    async def trace(event: str, info: Mapping[str, Any]) -> None:  # noqa: ARG001  the signature of httpcore
        if event in _SENT:
            sent()

    return httpx.Request(
        "POST",
        url.copy_with(host=str(address)),
        headers=dict(headers),
        content=body,
        # The certificate is checked against the name, though the connection goes to the address.
        extensions={"sni_hostname": url.raw_host.decode(), "trace": trace},
    )


async def _exchange(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> tuple[int, int]:
    """Return the status, and how many bytes of the answer were read."""
    response = await transport.handle_async_request(request)
    received = 0
    try:
        if isinstance(response.stream, httpx.AsyncByteStream):
            async for chunk in response.stream:
                received += len(chunk)
                if received >= MAX_ANSWER:
                    break
    finally:
        await response.aclose()
    return response.status_code, min(received, MAX_ANSWER)
