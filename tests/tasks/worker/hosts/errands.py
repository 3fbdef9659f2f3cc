"""Functions that are sent to hosts in the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from runtime.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Something of everything that nodes compute with."""

    frame: pd.DataFrame
    array: np.ndarray
    names: tuple[str, ...]


class Odd(Exception):
    """An error that pickle cannot bring back."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def whereabouts() -> int:
    return os.getpid()


def twice(parcel: Parcel) -> Parcel:
    return Parcel(frame=parcel.frame * 2, array=parcel.array * 2, names=parcel.names * 2)


def chatter() -> str:
    print("to whom it may concern")  # noqa: T201
    os.write(1, b"straight into the descriptor\n")
    return "said"


def missing() -> None:
    raise NotFound("symbol", "AAPQ", known=["AAPL"])


def odd() -> None:
    raise Odd("one", "two")


def leave() -> None:
    raise SystemExit(3)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def unpicklable() -> object:
    return lambda: 1


def sleep_with_child(path: Path) -> None:
    """Leave the ids of this process and of one that it starts, and sleep for ever."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    path.with_suffix(".new").write_text(f"{os.getpid()} {child.pid}")
    path.with_suffix(".new").rename(path)
    time.sleep(600)
