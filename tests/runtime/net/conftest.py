"""A server that answers as it is told, on a free port of this machine."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Received:
    """What reached the server."""

    port: int = 0
    heads: list[str] = field(default_factory=list[str])
    bodies: list[bytes] = field(default_factory=list[bytes])
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """A client closed its connection."""


def says(status: str, *, headers: str = "", body: bytes = b"ok") -> Answer:
    """Return an answer with a status line such as `200 OK`."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}Connection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return answer


async def says_nothing(writer: asyncio.StreamWriter) -> None:
    """Keep the client waiting."""


async def never_ends(writer: asyncio.StreamWriter) -> None:
    """Send more and more, until the client has had enough."""
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x" * 65536)
        await writer.drain()


@asynccontextmanager
async def server(answer: Answer, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Received]:
    """Serve on 127.0.0.1 while the block runs."""
    received = Received()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
            received.heads.append(head)
            received.bodies.append(await reader.readexactly(length))
            received.arrived.set()
            await answer(writer)
            if answer is says_nothing:
                await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            received.left.set()
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    received.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield received
