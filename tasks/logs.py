"""How every process logs: readable lines, or one JSON object per line (`ALPHASWARM_LOG_FORMAT`), each with the run that it is about.

Whatever is logged while a run is executed carries its id, also where a library logs it.
"""

import logging
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import TextIO

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from runtime.ids import RunId
from runtime.settings import LogFormat, Settings

_run: ContextVar[RunId | None] = ContextVar("run_of_the_log", default=None)
_LINE = "[%(asctime)s: %(levelname)s/%(processName)s] %(message)s"
_FIELDS = "%(levelname)s %(name)s %(processName)s %(message)s"
_NAMES = {"levelname": "level", "name": "logger", "processName": "process"}
# What Celery adds to its own lines says the same as their text.
_NOT_TOLD = frozenset({*RESERVED_ATTRS, "data", "message", "asctime"})


def about(run_id: RunId) -> None:
    """Let everything that this asyncio task, and what it starts, logs from now on carry the run."""
    _run.set(run_id)


def handler_for(style: LogFormat, stream: TextIO | Path) -> logging.Handler:
    """Return what writes records in a style to a stream, or to the end of a file."""
    handler = logging.FileHandler(stream) if isinstance(stream, Path) else logging.StreamHandler(stream)
    handler.addFilter(_with_run)
    handler.setFormatter(json_formatter() if style == "json" else _Lines(_LINE))
    return handler


def json_formatter() -> logging.Formatter:
    """Return what makes one JSON object of a record; the web server names it in its own configuration of logs."""
    return JsonFormatter(_FIELDS, rename_fields=_NAMES, timestamp="at", reserved_attrs=sorted(_NOT_TOLD))


def configure(level: int = logging.INFO, file: Path | None = None) -> None:
    """Log from here on as the environment says, to the standard error output or a file; once per process."""
    root = logging.getLogger()
    root.handlers[:] = [handler_for(Settings().log_format, file or sys.stderr)]
    root.setLevel(level)
    for name in ("httpx", "httpcore", "httpx2", "httpcore2", "alembic"):
        # Chatty: a line per request or migration.
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


class _Lines(logging.Formatter):
    """Appends what a record carries besides its text: `a run ended run_id=… status=…`."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return one line without a traceback."""
        told = [
            f"{name}={value}"
            for name, value in record.__dict__.items()
            if name not in _NOT_TOLD and isinstance(value, str | int | float)
        ]
        return " ".join([super().formatMessage(record), *told])


def _with_run(record: logging.LogRecord) -> bool:
    run_id = _run.get()
    if run_id is not None and not hasattr(record, "run_id"):
        record.run_id = run_id
    return True
