"""What somebody looks for, and how it stands out in what was found. No query is a mistake.

Words are joined by AND; "words in quotes" stand next to each other; -word must not be there; the last word may be the
beginning of one. Case and marks over Latin letters do not matter: both databases fold them in the same way.
"""

import re
import unicodedata
from dataclasses import dataclass

from markupsafe import Markup

SHORTEST = 2
"""Characters of the shortest word that is looked for."""

LONGEST_QUERY = 200
MOST_TERMS = 12
BEFORE_HIT = 60
EXCERPT = 200
"""Characters of an excerpt, and of those that stand before the first hit."""

MARK = Markup("<mark>{}</mark>")
_LATIN = [chr(code) for code in range(0xC0, 0x180)]
_BASES = {letter: unicodedata.normalize("NFD", letter)[0].lower() for letter in _LATIN}
MARKED = "".join(letter for letter, base in _BASES.items() if base != letter)
PLAIN = "".join(base for letter, base in _BASES.items() if base != letter)
"""Latin letters with marks or in upper case, and what they are folded to: the same as in the index."""

_FOLDED = str.maketrans(MARKED, PLAIN)
_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Term:
    """Words next to each other, folded. Where it ``begins`` words, the last of them may go on."""

    words: tuple[str, ...]
    begins: bool = False


@dataclass(frozen=True)
class Wanted:
    """What must be in a text, and what must not."""

    terms: tuple[Term, ...]
    excluded: tuple[Term, ...] = ()

    @property
    def is_too_short(self) -> bool:
        """Whether there is nothing in it to look for."""
        return not any(len(word) >= SHORTEST for term in self.terms for word in term.words)


def fold(text: str) -> str:
    """The text in lower case without marks; each character stays one, so places in both are the same."""
    folded = text.translate(_FOLDED).lower()
    return folded if len(folded) == len(text) else "".join(letter.lower()[:1] for letter in text.translate(_FOLDED))


def parse(query: str) -> Wanted:
    """What these typed words ask for. Nothing is an error; signs without words are left out."""
    terms: list[Term] = []
    excluded: list[Term] = []
    for minus, quoted, bare in _TERM.findall(unicodedata.normalize("NFC", query[:LONGEST_QUERY])):
        words = tuple(_WORD.findall(fold(quoted or bare)))
        if words and len(terms) + len(excluded) < MOST_TERMS:
            (excluded if minus else terms).append(Term(words, begins=False))
    ends_bare = not query.rstrip().endswith('"')
    if terms and ends_bare and len(terms[-1].words[-1]) >= SHORTEST and not query.rstrip().split()[-1].startswith("-"):
        terms[-1] = Term(terms[-1].words, begins=True)
    return Wanted(tuple(terms), tuple(excluded))


def for_fts5(wanted: Wanted) -> str:
    """The words as FTS5 takes them: words hold letters and digits only, and stand in quotes."""
    found = " AND ".join(_fts5(term) for term in wanted.terms)
    return f"({found})" + "".join(f" NOT {_fts5(term)}" for term in wanted.excluded)


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"{" *" if term.begins else ""}'


def for_tsquery(wanted: Wanted) -> str:
    """The words as PostgreSQL's ``tsquery`` takes them."""
    terms = [_tsquery(term) for term in wanted.terms] + [f"!{_tsquery(term)}" for term in wanted.excluded]
    return " & ".join(terms)


def _tsquery(term: Term) -> str:
    words = [f"'{word}'" for word in term.words]
    if term.begins:
        # The whole word is named too: PostgreSQL knows how common words are, and of beginnings it does not.
        words[-1] = f"({words[-1]} | {words[-1]}:*)"
    return f"({' <-> '.join(words)})"


def excerpt(text: str, wanted: Wanted) -> Markup:
    """The part of a text round its first hit, on one line, with ``<mark>`` round each hit."""
    flat = " ".join(text.split())
    pattern = _pattern(wanted)
    first = pattern.search(fold(flat))
    start = _at_word(flat, max(0, first.start() - BEFORE_HIT)) if first and first.start() > BEFORE_HIT else 0
    end = len(flat) if len(flat) <= start + EXCERPT else max(flat.rfind(" ", start, start + EXCERPT), start + 1)
    shown = highlighted(flat[start:end], wanted)
    return Markup("{}{}{}").format("… " if start else "", shown, " …" if end < len(flat) else "")


def _at_word(text: str, place: int) -> int:
    return text.find(" ", place) + 1


def holds(text: str, wanted: Wanted) -> bool:
    """Whether a text holds every word that is wanted and none that is not."""
    folded = fold(text)
    missing = any(_pattern(Wanted((term,), ())).search(folded) is None for term in wanted.terms)
    return not missing and not any(_pattern(Wanted((term,), ())).search(folded) for term in wanted.excluded)


def highlighted(text: str, wanted: Wanted) -> Markup:
    """The whole text, with ``<mark>`` round each hit."""
    parts, last = [], 0
    for hit in _pattern(wanted).finditer(fold(text)):
        parts += [
            Markup.escape(text[last : hit.start()]),
            MARK.format(text[hit.start() : hit.end()]),
        ]
        last = hit.end()
    return Markup("").join([*parts, Markup.escape(text[last:])])


def _pattern(wanted: Wanted) -> re.Pattern[str]:
    either = [
        r"[\W_]+".join(map(re.escape, term.words)) + (r"[^\W_]*" if term.begins else "")
        for term in sorted(wanted.terms, key=lambda term: -len(" ".join(term.words)))
    ]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(either)})(?![^\W_])" if either else r"(?!)")
