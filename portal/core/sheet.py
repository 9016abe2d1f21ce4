"""Tables as files for spreadsheets (CSV)."""

import csv
import io
from collections.abc import Iterable, Sequence

ACTIVE = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula: https://owasp.org/www-community/attacks/CSV_Injection"""

MARK = "\ufeff"
"""Tells spreadsheets that the file is UTF-8."""


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The rows below their column names, as UTF-8 with its mark. No cell begins a formula."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([_harmless(name) for name in columns])
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return (MARK + written.getvalue()).encode()


def _harmless(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(ACTIVE) else text
