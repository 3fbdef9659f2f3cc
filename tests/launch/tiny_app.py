"""The smallest thing that a web server can serve."""

from __future__ import annotations

from starlette.applications import Starlette


def app() -> Starlette:
    """Return an application that knows no page."""
    return Starlette()
