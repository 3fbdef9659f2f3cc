"""Messages over a stream socket: eight bytes of length, then the message. One side blocks, the other is on a loop."""

import asyncio
import socket
import struct

_LENGTH = struct.Struct("!Q")


class PeerGone(ConnectionError):
    """The other process has ended: the kernel closed its end, after its last instruction."""


def send(sock: socket.socket, message: bytes) -> None:
    """Send one message; blocks."""
    sock.sendall(_LENGTH.pack(len(message)))
    sock.sendall(message)


def receive(sock: socket.socket) -> bytes | None:
    """Return one message, or None when the other side has gone; blocks."""
    head = _read(sock, _LENGTH.size)
    return None if head is None else _read(sock, _LENGTH.unpack(head)[0])


async def send_async(sock: socket.socket, message: bytes) -> None:
    """Send one message over a socket that does not block; raises `PeerGone`."""
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_sendall(sock, _LENGTH.pack(len(message)))
        await loop.sock_sendall(sock, message)
    except OSError as error:
        raise PeerGone from error


async def receive_async(sock: socket.socket) -> bytearray:
    """Return one message from a socket that does not block; raises `PeerGone`."""
    head = await _read_async(sock, _LENGTH.size)
    return await _read_async(sock, _LENGTH.unpack(head)[0])


def _read(sock: socket.socket, size: int) -> bytes | None:
    found = bytearray()
    while len(found) < size:
        part = sock.recv(min(size - len(found), 1 << 20))
        if not part:
            return None
        found += part
    return bytes(found)


async def _read_async(sock: socket.socket, size: int) -> bytearray:
    loop = asyncio.get_running_loop()
    found = bytearray(size)
    view, filled = memoryview(found), 0
    while filled < size:
        try:
            count = await loop.sock_recv_into(sock, view[filled:])
        except OSError as error:
            raise PeerGone from error
        if not count:
            raise PeerGone
        filled += count
    return found
