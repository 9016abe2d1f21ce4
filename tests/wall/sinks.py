"""What leaves the portal without being asked for, by who brings it there, and where the proof compares it."""

SINKS = {
    "accounts.handlers.": "mail: compare_told",
    "files.handlers.": "nothing: bytes of files that are gone",
    "groups.handlers.": "nothing: memberships and hosts, which pages show",
    "inbox.handlers.": "nothing: cases, which pages show",
    "listening.handlers.": "nothing: sources are read, mentions come in",
    "live.handlers.": "live signals: listen",
    "notifications.handlers.": "notices and mail: pages and compare_told",
    "posts.handlers.": "nothing: who waits, which pages show",
    "search.handlers.": "nothing: the index, which pages show",
}


def sink_of(handler: str) -> str | None:
    """Where what this handler or timed work brings is compared; None for one that nobody thought of."""
    return next((told for prefix, told in SINKS.items() if handler.startswith(prefix)), None)
