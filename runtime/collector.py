"""Python's garbage collector, kept from walking the whole heap where somebody waits: that takes a tenth of a second and more."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


def settle() -> None:
    """Take what is loaded now out of the collector's sight: for processes that live long, once they have started.

    A full collection stops the process, and with it the halts that it has to carry out.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def paused() -> Generator[None]:
    """Keep the collector away from work that makes many objects and frees none of them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
