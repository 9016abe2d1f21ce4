"""The lines of a file that could not be used: few are told, all are counted."""

from dataclasses import dataclass, field

from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext

TOLD = 20
"""Of how many lines it is told what is wrong: what is wrong with the others is mostly the same."""


@dataclass
class Unusable:
    """``told`` says what is wrong with the first lines."""

    number: int = 0
    told: list[str] = field(default_factory=list)

    def note(self, problem: str) -> None:
        """One more, and in words what is wrong with it."""
        self.number += 1
        if len(self.told) < TOLD:
            self.told.append(problem)

    @property
    def in_words(self) -> list[str]:
        """What is wrong with the first, and how many more there are."""
        more = self.number - len(self.told)
        rest = [ngettext("and %(num)s more", "and %(num)s more", more) % {"num": more}] if more else []
        return self.told + rest

    @property
    def why_none_is_usable(self) -> str:
        """What to say of a file that holds nothing else."""
        if not self.number:
            return _("This file is empty.")
        sentence = ngettext(
            "This is no JSON Lines file that Earshot can read: its only line could not be used. %(first)s",
            "This is no JSON Lines file that Earshot can read: none of its %(number)s lines could be used. %(first)s",
            self.number,
        )
        return sentence % {"number": self.number, "first": self.told[0]}
