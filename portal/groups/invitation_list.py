"""Reading a pasted list or a CSV file of people to invite: a name, an address and perhaps a last day in each line."""

import csv
import re
from dataclasses import dataclass
from datetime import date

from portal.accounts.forms import one_person
from portal.core.i18n import gettext as _

LONGEST_LIST = 200
"""People in one list."""

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A line of the list: whom it names, or the ``problem`` that it could not be read for."""

    number: int
    text: str
    name: str = ""
    email: str = ""
    until: date | None = None
    problem: str = ""


def read_list(text: str) -> list[ListedPerson]:
    """The people in a list, line by line, without blank lines and a line of headings."""
    numbered = enumerate(text.replace("\ufeff", "").splitlines(), start=1)
    lines = [(number, line.strip()) for number, line in numbered if line.strip()]
    if lines and _is_heading(lines[0][1]):
        del lines[0]
    people: list[ListedPerson] = []
    known: set[str] = set()
    for number, line in lines:
        person = _person(number, line)
        if person.email in known:
            person = ListedPerson(number, line, problem=_("This address is in the list twice."))
        if len(people) >= LONGEST_LIST:
            told = _("Invite at most %(number)d people at once.") % {"number": LONGEST_LIST}
            person = ListedPerson(number, line, problem=told)
        known.update([person.email] if person.email else [])
        people.append(person)
    return people


def _is_heading(line: str) -> bool:
    words = r"\bname\b|\b(e-?)?mail\b|address|adresse"
    return "@" not in line and re.search(words, line, re.IGNORECASE) is not None


def _person(number: int, line: str) -> ListedPerson:
    cells = [cell.strip() for cell in next(csv.reader([line], delimiter=_delimiter(line), skipinitialspace=True))]
    try:
        until, named = _until_apart(cells)
        found = one_person(_named(named))
    except ValueError as problem:
        return ListedPerson(number, line, problem=str(problem))
    return ListedPerson(number, line, found.name, found.email, until)


def _delimiter(line: str) -> str:
    outside_quotes = re.sub(r'"[^"]*"', "", line)
    return next((each for each in ("\t", ";") if each in outside_quotes), ",")


def _one_in_a_line() -> str:
    return _("Write one person in a line: their name, their address and, if you like, a last day.")


def _until_apart(cells: list[str]) -> tuple[date | None, list[str]]:
    """The last day, and the other cells. Names have digits too, "Kitchen 7": only what is no name may be a day."""
    address = next((place for place, cell in enumerate(cells) if "@" in cell), len(cells))
    is_named = any(cells[:address])
    days, others = [], []
    for place, cell in enumerate(cells):
        is_name = any(map(str.isalpha, cell)) if place < address else not is_named and cell[:1].isalpha()
        if "@" not in cell and re.search(r"\d", cell) and not is_name:
            days.append(_day(cell))
        elif cell:
            others.append(cell)
    if len(days) > 1:
        raise ValueError(_one_in_a_line())
    return (days[0] if days else None), others


def _day(cell: str) -> date:
    found = _DAY.fullmatch(cell)
    if found is None:
        told = _("“%(cell)s” is no last day that can be read. Write it as 2027-11-03 or 3.11.2027.")
        raise ValueError(told % {"cell": cell})
    year, month, day = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError(_("Write a date such as 2027-11-03.")) from None


def _named(cells: list[str]) -> str:
    """One person as in mail, "Jo Reyes <jo@example.com>": a name is one cell, but for "Reyes, Jo <jo@example.com>"."""
    addresses = [cell for cell in cells if "@" in cell]
    names = [cell for cell in cells if "@" not in cell]
    if len(addresses) != 1 or len(names) > 1:
        raise ValueError(_one_in_a_line())
    written = f"{names[0]} <{addresses[0]}>" if names else addresses[0]
    if "<" in addresses[0]:
        written = ", ".join(cells)
    if re.search(r"[<>].*<", written):
        raise ValueError(_("Write the name without “<” and “>”."))
    return written
