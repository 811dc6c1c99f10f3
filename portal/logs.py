"""One JSON line an event, with the id of the request or the name of the job, and never a patient's data."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType

import structlog

DATABASES = {"sqlalchemy", "psycopg", "sqlite3"}
# Their first line names a constraint or a server; further lines, and those of other kinds, quote rows.
TELLING = {"IntegrityError", "OperationalError"}


def configure(level: str) -> None:
    """Sets up structured logs to standard error for this process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(written),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
        ),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def written(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """A traceback with its causes first, without what a database's error quotes of a row."""
    return "".join(_lines(exc_info[1])).rstrip()


def _lines(error: BaseException) -> Iterator[str]:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        yield from _lines(earlier)
        yield "\nwhich led to:\n\n"
    yield from traceback.format_tb(error.__traceback__)
    words = _words(error)
    yield f"{type(error).__name__}: {words}\n" if words else f"{type(error).__name__}\n"


def _words(error: BaseException) -> str:
    kinds = type(error).__mro__
    if not any(kind.__module__.partition(".")[0] in DATABASES for kind in kinds):
        return str(error)
    is_telling = any(kind.__name__ in TELLING for kind in kinds)
    return str(error).partition("\n")[0] if is_telling else ""
