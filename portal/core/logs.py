"""What the portal writes to its log: a line for each thing that went wrong, with the way there but no one's words."""

import logging
import sys

import structlog

log = structlog.get_logger()


def write_plainly() -> None:
    """Log to standard error with plain tracebacks.

    The usual ones show the value of every variable on the way: passwords, addresses, and what people wrote.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
    )
    logging.getLogger("uvicorn.error").addFilter(_is_news)


def tell_failure(path: str, failure: Exception) -> None:
    """Log why the request for this path failed. The server, which gets to know the failure too, then says nothing."""
    log.error("request failed", path=path, exc_info=failure)
    failure.is_told = True  # type: ignore[attr-defined]


def _is_news(record: logging.LogRecord) -> bool:
    failure = record.exc_info[1] if record.exc_info else None
    return not getattr(failure, "is_told", False)
