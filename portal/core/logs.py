"""What the portal writes to its log: a line for each thing that went wrong, with the way there but no one's words."""

import sys

import structlog


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
