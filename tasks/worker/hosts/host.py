"""A host: a process that runs functions for a worker, one at a time, and can be killed at any moment."""

import ctypes
import os
import pickle
import signal
import socket
import sys
import traceback

from runtime.errors import ComputeFailed
from tasks.worker.hosts.wire import receive, send

HELLO = b"here"
RETURNED, RAISED = b"+", b"!"
_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Have the kernel end this process when its parent ends; ends at once when the parent has ended already.

    Elsewhere than on Linux the end of the control socket has to tell.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def serve(sock: socket.socket) -> None:
    """Answer calls until the worker closes its end."""
    send(sock, HELLO)
    while (call := receive(sock)) is not None:
        send(sock, answer(call))


def answer(call: bytes) -> bytes:
    """Do what a pickled `(function, args, kwargs)` asks for, and return what came of it as a message."""
    try:
        function, args, kwargs = pickle.loads(call)  # noqa: S301  from our own worker
        return RETURNED + pickle.dumps(function(*args, **kwargs), protocol=pickle.HIGHEST_PROTOCOL)
    except BaseException as error:  # noqa: BLE001  whatever a function raises is its answer
        return RAISED + _told(error)


def _told(error: BaseException) -> bytes:
    text = "".join(traceback.format_exception(error))
    # What is no Exception would end the worker's loop, or look like a halt.
    told = pickle.dumps((ComputeFailed(f"{type(error).__name__}: {error}"), text))
    if not isinstance(error, Exception):
        return told
    try:
        whole = pickle.dumps((error, text))
        again, _ = pickle.loads(whole)  # noqa: S301  our own
    except Exception:  # noqa: BLE001  an error that cannot travel is told in words
        return told
    return whole if type(again) is type(error) and str(again) == str(error) else told
