"""The border where errors of UI handlers become words on the screen."""

import logging

import reflex as rx
from reflex.event import EventSpec

from runtime.errors import SignInRequired, StudioError
from studio import routes

_log = logging.getLogger(__name__)


def tell(exception: Exception) -> EventSpec | None:
    """Return what the browser is told of a handler's error. Reflex insists on the parameter's name.

    Errors raised on purpose say what happened and what to do; anything else is logged once with its traceback, and the
    screen only says that it happened.
    """
    if isinstance(exception, SignInRequired):
        return rx.redirect(routes.LOGIN, replace=True)
    if isinstance(exception, StudioError):
        return rx.toast.error(exception.message, id=exception.code)
    _log.error("handler failed", exc_info=exception)
    return rx.toast.error(
        "The studio could not do this; the server's log has the cause. What was saved before is safe.",
        id="internal-error",
    )


def note(exception: Exception) -> None:
    """Log what went wrong in a browser. Reflex insists on the parameter's name."""
    # Browsers report this one when a layout settles in two steps; nothing is wrong then.
    if "ResizeObserver loop" not in str(exception):
        _log.error("the page failed in a browser", extra={"report": str(exception)})
