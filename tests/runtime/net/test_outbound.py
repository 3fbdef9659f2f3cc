"""The way out, against real servers on this machine."""

import asyncio
import logging
import shutil
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from runtime.errors import InvalidValue, TooLarge, Unavailable
from runtime.net.addresses import parse_networks
from runtime.net.outbound import MAX_ANSWER, MAX_BODY, HttpOutbound, resolve_host
from runtime.ports import Delivery, Posting
from tests.runtime.net.conftest import never_ends, says, says_nothing, server

LOCAL = parse_networks("127.0.0.0/8")
SECRETS = {"ALPHASWARM_SECRET_TOKEN": "s3cr3t", "ALPHASWARM_SECRET_URL": ""}


def posting(url: str, *, secret: str = "", body: bytes = b'{"a":1}', seconds: float = 20.0) -> Posting:
    return Posting(url=url, secret=secret, body=body, key="run:node", timeout_seconds=seconds)


def resolver(*addresses: str):  # noqa: ANN201  a resolver
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


async def post(
    url: str,
    *,
    addresses: Sequence[str] = ("127.0.0.1",),
    allowed: bool = True,
    tls: ssl.SSLContext | None = None,
    sent: list[str] | None = None,
    **options: object,
) -> Delivery:
    """Post through a way out that may reach this machine, unless `allowed` is off."""
    outbound = HttpOutbound(
        private_networks=LOCAL if allowed else (),
        environment=SECRETS,
        resolve=resolver(*addresses),
        tls=tls,
    )
    stamps = [] if sent is None else sent
    return await outbound.post(posting(url, **options), sent=lambda: stamps.append("sent"))  # pyright: ignore[reportArgumentType]


async def test_a_posting_arrives_as_json_with_its_key_and_the_name_of_the_host() -> None:
    sent: list[str] = []
    async with server(says("202 Accepted")) as there:
        delivery = await post(f"http://hooks.test:{there.port}/in?x=1", sent=sent)

    assert delivery == Delivery(host="hooks.test", status=202, received=2)
    assert sent
    assert there.bodies == [b'{"a":1}']
    head = there.heads[0].lower()
    assert head.startswith("post /in?x=1 http/1.1")
    assert f"host: hooks.test:{there.port}\r\n" in head
    assert "idempotency-key: run:node\r\n" in head
    assert "content-type: application/json\r\n" in head
    assert "authorization" not in head


async def test_a_secret_travels_as_bearer_token_and_leaves_no_trace(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with server(says("200 OK", body=b"s3cr3t")) as there:
        delivery = await post(f"http://hooks.test:{there.port}/", secret="env:ALPHASWARM_SECRET_TOKEN")

    assert "authorization: bearer s3cr3t\r\n" in there.heads[0].lower()
    assert "s3cr3t" not in repr(delivery)
    assert "s3cr3t" not in caplog.text


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("::1",),
        ("10.0.0.1",),
        ("169.254.169.254",),
        ("8.8.8.8", "127.0.0.1"),
        ("::ffff:7f00:1",),
        (),
    ],
)
async def test_a_name_with_any_private_address_is_refused_before_a_connection(
    addresses: Sequence[str],
) -> None:
    async with server(says("200 OK")) as there:
        with pytest.raises(InvalidValue, match="not on the public internet"):
            await post(f"http://hooks.test:{there.port}/", addresses=addresses, allowed=False)

    assert there.heads == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "127.1", "0"]
)
async def test_no_spelling_of_this_machine_gets_through_the_real_resolver(host: str) -> None:
    outbound = HttpOutbound(environment={}, resolve=resolve_host)

    with pytest.raises((InvalidValue, Unavailable), match=r"public internet|cannot be resolved"):
        await outbound.post(posting(f"http://{host}:9/"), sent=lambda: None)


async def test_the_name_is_looked_up_once_so_it_cannot_change_after_the_judgement() -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async with server(says("200 OK")) as there:
        outbound = HttpOutbound(
            private_networks=parse_networks("127.0.0.1/32"), environment={}, resolve=rebinding
        )
        await outbound.post(posting(f"http://hooks.test:{there.port}/"), sent=lambda: None)

    assert asked == ["hooks.test"]
    assert len(there.heads) == 1


async def test_a_redirect_is_answered_but_never_followed() -> None:
    async with (
        server(says("200 OK")) as other,
        server(
            says("307 Temporary Redirect", headers=f"Location: http://127.0.0.1:{other.port}/\r\n")
        ) as there,
    ):
        delivery = await post(f"http://hooks.test:{there.port}/")

    assert delivery.status == 307
    assert other.heads == []


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with server(says("200 OK")) as there:
        assert (await post(f"http://hooks.test:{there.port}/")).status == 200


async def test_an_endless_answer_is_cut() -> None:
    async with server(never_ends) as there:
        delivery = await post(f"http://hooks.test:{there.port}/")
        await there.left.wait()

    assert delivery.received == MAX_ANSWER


async def test_no_answer_in_time_says_that_the_request_may_have_arrived() -> None:
    async with server(says_nothing) as there:
        with pytest.raises(
            Unavailable, match=r"within 1 seconds; it may have got the request, whose key is run:node"
        ):
            await post(f"http://hooks.test:{there.port}/", seconds=1.0)


async def test_nobody_there_is_told_without_a_claim_that_something_was_sent() -> None:
    async with server(says("200 OK")) as there:
        port = there.port
    sent: list[str] = []

    with pytest.raises(Unavailable, match=r"^hooks.test cannot be reached \(ConnectError\)\.$"):
        await post(f"http://hooks.test:{port}/", sent=sent)
    assert sent == []


async def test_the_next_address_is_tried_when_the_first_does_not_connect() -> None:
    async with server(says("200 OK")) as there:
        delivery = await post(f"http://hooks.test:{there.port}/", addresses=["127.0.0.9", "127.0.0.1"])

    assert delivery.status == 200
    assert len(there.heads) == 1


async def test_a_cancelled_posting_drops_its_connection() -> None:
    async with server(says_nothing) as there:
        running = asyncio.create_task(post(f"http://hooks.test:{there.port}/"))
        await there.arrived.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await there.left.wait()

    assert len(there.heads) == 1


async def test_a_secret_is_not_sent_in_the_clear_to_the_internet() -> None:
    with pytest.raises(InvalidValue, match="over https only"):
        await post("http://hooks.test/", addresses=["8.8.8.8"], secret="env:ALPHASWARM_SECRET_TOKEN")


async def test_a_missing_secret_stops_before_anything_is_sent() -> None:
    async with server(says("200 OK")) as there:
        with pytest.raises(InvalidValue, match="ALPHASWARM_SECRET_OTHER is not set"):
            await post(f"http://hooks.test:{there.port}/", secret="env:ALPHASWARM_SECRET_OTHER")

    assert there.heads == []


async def test_a_body_over_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge, match="more than 1,048,576"):
        await post("http://hooks.test/", body=b"x" * (MAX_BODY + 1))


async def test_a_name_that_does_not_resolve_is_told() -> None:
    async def nothing(host: str, port: int) -> Sequence[str]:
        raise OSError

    outbound = HttpOutbound(environment={}, resolve=nothing)
    with pytest.raises(Unavailable, match=r"hooks\.test cannot be resolved"):
        await outbound.post(posting("http://hooks.test/"), sent=lambda: None)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for hooks.test, signed by itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("makes its certificate with openssl, which is not installed")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=hooks.test",
            "-addext",
            "subjectAltName=DNS:hooks.test",
            "-keyout",
            str(folder / "key.pem"),
            "-out",
            str(folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.mark.parametrize(("host", "trusted"), [("hooks.test", True), ("other.test", False)])
async def test_the_certificate_must_be_of_the_name_and_not_of_the_address(
    certificate: Path, host: str, trusted: bool
) -> None:
    there_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    there_tls.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    here_tls = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    async with server(says("200 OK"), tls=there_tls) as there:
        if trusted:
            assert (await post(f"https://{host}:{there.port}/", tls=here_tls)).status == 200
        else:
            with pytest.raises(Unavailable, match="cannot be reached"):
                await post(f"https://{host}:{there.port}/", tls=here_tls)
            assert there.heads == []


def test_certificates_are_checked_unless_told_otherwise() -> None:
    context = httpx.create_ssl_context()

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
