"""Logs: one line per thing that matters, on standard error, as text or JSON.

Everything goes through structlog, libraries included. An unexpected failure is told by its kind and the
places it passed, not by its text, which may quote what a member wrote; `debug` shows the whole trace.
"""

import json
import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from fedi_aid.settings import LogFormat, LogLevel

LEVELS: Final[Mapping[str, int]] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
PLACES = 6
_QUIET = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/@+%,()<>[]*~#&?!")


def configure(*, level: LogLevel, form: LogFormat = "text") -> None:
    """Send our own logs and the libraries' to standard error, from `level` on."""
    chain: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%SZ", utc=True),
        _whole_trace if level == "debug" else _failure_in_a_line,
    ]
    writer: Processor = structlog.processors.JSONRenderer(default=str) if form == "json" else _line
    structlog.configure(
        processors=[*chain, writer],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, writer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # Below a warning libraries tell addresses with their queries (uvicorn) and rows (aiosqlite): never that.
    root.setLevel(max(logging.WARNING, LEVELS[level]))


def _exc_info(event: EventDict) -> BaseException | None:
    given = event.pop("exc_info", None)
    if given is True:
        return sys.exc_info()[1]
    failure: BaseException | None = given[1] if isinstance(given, tuple) else given
    return failure


def _failure_in_a_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    failure = _exc_info(event)
    if failure is not None:
        frames = traceback.extract_tb(failure.__traceback__)[-PLACES:]
        places = (f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
        event["failure"] = type(failure).__name__
        event["at"] = " < ".join(places)
    return event


def _whole_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    failure = _exc_info(event)
    if failure is not None:
        event["trace"] = "".join(traceback.format_exception(failure))
    return event


def _line(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> str:
    """`time level event key=value …`; a value that could be mistaken is written as a JSON string."""
    when, level = event.pop("timestamp", ""), event.pop("level", "")
    trace = event.pop("trace", "")
    head = f"{when} {level:<7} {_text(event.pop('event', ''), loose=True)}"
    rest = "".join(f" {key}={_text(value)}" for key, value in event.items() if value is not None)
    return f"{head}{rest}" + (f"\n{trace.rstrip()}" if trace else "")


def _text(value: object, *, loose: bool = False) -> str:
    text = str(value)
    if loose and text.isprintable():
        return text
    return text if text and _QUIET.issuperset(text) else json.dumps(text, ensure_ascii=False)
