"""TCP ports of 127.0.0.1: which are free, and who is told when one is not."""

from __future__ import annotations

import errno
import socket

from studio.launch.problems import LaunchProblem

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8321
UNPRIVILEGED = range(1024, 65535)


def free_port() -> int:
    """A port nobody listens on at this moment, chosen by the kernel."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, *, host: str = LOOPBACK) -> None:
    """Raise `LaunchProblem` when `port` cannot be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the web server does it: a port in TIME_WAIT is free, a port somebody listens on is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise LaunchProblem(_why(port, host, error), remedy=_remedy(port)) from error


def _why(port: int, host: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program."
    if error.errno == errno.EACCES:
        return f"Port {port} may only be used by the system's administrator."
    return f"Port {port} on {host} cannot be used: {error.strerror}."


def _remedy(port: int) -> str:
    other = port + 1 if port in UNPRIVILEGED else DEFAULT_PORT
    return f"End that program, or choose another port: ALPHASWARM_PORT={other} make run"
