"""The language of "listen for": a boolean query that says which mentions to keep. For people, it is in docs/tracks.md.

    query  = either
    either = all ("OR" all)*
    all    = one ("AND"? one)*
    one    = ("NOT" | "-") one | "(" either ")" | "lang:" code | "author:" words | "source:" words | words
    words  = "a phrase" | word | word*

Words are compared without case, accents or width, as whole words. Scripts that put no spaces between words (Chinese,
Japanese, Thai …) are taken character by character, so that a word is found inside a text. Everything that is not a
letter, a digit or an underscore only separates, so `#acme`, `@acme` and `acme` are the same.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from portal.core.i18n import gettext as _

MAX_LENGTH = 2_000
MAX_TERMS = 200
MAX_DEPTH = 40

# Thai, Lao, Burmese, Khmer, kana (half-width too) and Han: no spaces between words.
_UNSPACED = (
    "\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u1049\u1780-\u17d3\u3005-\u3007\u3041-\u3096\u30a1-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_VOICED = "\u3099\u309a\uff9e\uff9f"
# Marks that belong to the letter before them: combining accents, Hebrew and Arabic points, vowels of Indian scripts.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0971-\u0dff"
)
_WORD = re.compile(rf"[{_UNSPACED}][{_VOICED}]?|(?:(?![{_UNSPACED}])[\w{_MARKS}])+")
_ASCII_WORD = re.compile(r"\w+", re.ASCII)
# Without these a word is still the same word. The marks of Indian scripts and of kana are not among them.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u064b-\u065f\u0670]+")

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_KEYBOARDS = str.maketrans("“”„‟«»″＂（）：＊－", '""""""""():*-')

_TOKEN = re.compile(r'\s+|[()]|"[^"]*(?:"\*?)?|[^\s()"]+')
_FIELD = re.compile(r"([A-Za-z]+):(?!//)(.*)", re.DOTALL)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*")


class TrackError(Exception):
    """A query that cannot be read; `position` counts characters from 1."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Heard:
    """A mention as tracks see it. Where many tracks look at one mention, it is read once."""

    words: list[str]
    distinct: frozenset[str]
    lang: str | None
    author: list[str]
    source: list[str]

    @classmethod
    def read(cls, text: str, lang: str | None = None, author: str | None = None, source: str | None = None) -> "Heard":
        words = folded_words(text)
        return cls(words, frozenset(words), _language(lang), folded_words(author or ""), folded_words(source or ""))


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words next to each other; with `prefix` the last one may go on."""

    words: tuple[str, ...]
    prefix: bool = False
    field: str | None = None
    _forms: tuple[frozenset[str], ...] = dataclass_field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_forms", tuple(_spellings(word) for word in self.words))

    def __str__(self) -> str:
        written = _joined(self.words)
        quoted = " " in written or (self.field is None and written in ("AND", "OR", "NOT"))
        spelled = f'"{written}"' if quoted else written
        return f"{self.field}:{spelled}" if self.field else spelled + "*" * self.prefix

    def holds(self, heard: Heard) -> bool:
        if self.field is not None:
            return self._is_in(heard.author if self.field == "author" else heard.source)
        whole = self._forms[:-1] if self.prefix else self._forms
        if any(forms.isdisjoint(heard.distinct) for forms in whole):
            return False
        if len(self.words) > 1:
            return self._is_in(heard.words)
        return not self.prefix or any(map(self._begins, heard.distinct))

    def _is_in(self, words: list[str]) -> bool:
        return any(self._stands_at(start, words) for start in range(len(words) - len(self.words) + 1))

    def _begins(self, word: str) -> bool:
        return word.startswith(tuple(self._forms[-1]))

    def _stands_at(self, start: int, words: list[str]) -> bool:
        *before, last = self._forms
        if any(words[start + offset] not in forms for offset, forms in enumerate(before)):
            return False
        word = words[start + len(before)]
        return word in last or (self.prefix and self._begins(word))


@dataclass(frozen=True, slots=True)
class Language:
    code: str

    def __str__(self) -> str:
        return f"lang:{self.code}"

    def holds(self, heard: Heard) -> bool:
        return heard.lang == self.code


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"

    def __str__(self) -> str:
        return f"NOT {_bracketed(self.part)}"

    def holds(self, heard: Heard) -> bool:
        return not self.part.holds(heard)


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " AND ".join(str(part) if not isinstance(part, Either) else f"({part})" for part in self.parts)

    def holds(self, heard: Heard) -> bool:
        return all(part.holds(heard) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " OR ".join(str(part) for part in self.parts)

    def holds(self, heard: Heard) -> bool:
        return any(part.holds(heard) for part in self.parts)


Node: TypeAlias = Phrase | Language | Not | All | Either


@dataclass(frozen=True, slots=True)
class Track:
    """A query that has been read. `str(track)` writes it out in full; reading that again gives an equal track."""

    root: Node

    def __str__(self) -> str:
        return str(self.root)

    def matches(self, text: str, lang: str | None = None, author: str | None = None, source: str | None = None) -> bool:
        return self.holds(Heard.read(text, lang, author, source))

    def holds(self, heard: Heard) -> bool:
        return self.root.holds(heard)


def parse(query: str) -> Track:
    """Reads what somebody typed. Raises TrackError."""
    if len(query) > MAX_LENGTH:
        raise TrackError(
            _("This is longer than %(number)s characters. Make two of it.") % {"number": f"{MAX_LENGTH:,}"},
            MAX_LENGTH + 1,
        )
    return Track(_Reader(query).read())


def folded_words(text: str) -> list[str]:
    """The words of a text as they are compared."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return [_fold(word) for word in _WORD.findall(text)]


@lru_cache(maxsize=50_000)
def _fold(word: str) -> str:
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", word).casefold())
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", bare)))


def _spellings(word: str) -> frozenset[str]:
    """Who asks for ü gets u and ue as well."""
    composed = unicodedata.normalize("NFC", word)
    return frozenset((_fold(composed), _fold(composed.translate(_UMLAUTS))))


def _language(lang: str | None) -> str | None:
    found = _LANGUAGE.fullmatch(lang.strip()) if lang else None
    return found[1].lower() if found else None


def _bracketed(node: Node) -> str:
    return f"({node})" if isinstance(node, All | Either) else str(node)


def _joined(words: tuple[str, ...]) -> str:
    written = words[0]
    for before, word in pairwise(words):
        touching = _WORD.findall(before + word) == [before, word]
        written += word if touching else f" {word}"
    return written


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    position: int


class _Reader:
    def __init__(self, query: str) -> None:
        self._query = query.translate(_KEYBOARDS)
        self._tokens = list(self._split())
        self._next = 0
        self._terms = 0

    def _split(self) -> Iterator[_Token]:
        """Words, quoted phrases, brackets and minus signs; a field's name stays with its quoted phrase."""
        pieces = [_Token(match[0], match.start() + 1) for match in _TOKEN.finditer(self._query)]
        index = 0
        while index < len(pieces):
            piece = pieces[index]
            index += 1
            if piece.text.isspace():
                continue
            starts_here = piece.position == 1 or self._query[piece.position - 2] in ' \t\r\n("'
            if starts_here and piece.text.startswith("-"):
                follows = index < len(pieces) and not pieces[index].text.isspace() and pieces[index].text != ")"
                if piece.text != "-" or follows:
                    yield _Token("-", piece.position)
                piece = _Token(piece.text.lstrip("-"), piece.position + len(piece.text) - len(piece.text.lstrip("-")))
                if not piece.text:
                    continue
            quoted_follows = index < len(pieces) and pieces[index].text.startswith('"')
            if piece.text.endswith(":") and quoted_follows:
                piece = _Token(piece.text + pieces[index].text, piece.position)
                index += 1
            yield piece

    def read(self) -> Node:
        root = self._either(0)
        if root is None:
            raise TrackError(_("Type at least one word to listen for."), 1)
        token = self._peek()
        if token is not None:
            raise TrackError(
                _("The bracket closed at %(position)d was never opened.") % {"position": token.position}, token.position
            )
        return root

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self) -> _Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _either(self, depth: int) -> Node | None:
        parts: list[Node] = []
        first = self._all(depth)
        if first is not None:
            parts.append(first)
        while (token := self._peek()) is not None and token.text == "OR":
            self._take()
            following = self._all(depth)
            if not parts or following is None:
                raise TrackError(
                    _("OR at %(position)d needs a word on both sides.") % {"position": token.position}, token.position
                )
            parts.append(following)
        return _flat(Either, parts)

    def _all(self, depth: int) -> Node | None:
        parts: list[Node] = []
        while (token := self._peek()) is not None and token.text not in ("OR", ")"):
            if token.text == "AND":
                self._take()
                following = self._peek()
                if not parts or following is None or following.text in ("AND", "OR", ")"):
                    raise TrackError(
                        _("AND at %(position)d needs a word on both sides.") % {"position": token.position},
                        token.position,
                    )
                continue
            part = self._one(depth)
            if part is not None:
                parts.append(part)
        return _flat(All, parts)

    def _one(self, depth: int) -> Node | None:
        token = self._take()
        if depth > MAX_DEPTH:
            raise TrackError(_("There are too many brackets inside each other."), token.position)
        if token.text in ("NOT", "-"):
            return self._negated(token, depth)
        if token.text == "(":
            inner = self._either(depth + 1)
            closing = self._peek()
            if closing is None:
                raise TrackError(
                    _("The bracket opened at %(position)d is never closed.") % {"position": token.position},
                    token.position,
                )
            self._take()
            if inner is None:
                raise TrackError(
                    _("There is nothing in the brackets at %(position)d.") % {"position": token.position},
                    token.position,
                )
            return inner
        return self._term(token)

    def _negated(self, token: _Token, depth: int) -> Node:
        following = self._peek()
        if following is None or following.text in ("AND", "OR", ")"):
            raise TrackError(
                _("%(word)s at %(position)d needs a word after it.") % {"word": token.text, "position": token.position},
                token.position,
            )
        part = self._one(depth + 1)
        if part is None:
            raise TrackError(
                _("%(word)s at %(position)d needs a word after it.") % {"word": token.text, "position": token.position},
                token.position,
            )
        return part.part if isinstance(part, Not) else Not(part)

    def _term(self, token: _Token) -> Node | None:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise TrackError(
                _("There are more than %(number)d words in it. Make two of it.") % {"number": MAX_TERMS}, token.position
            )
        if token.text.startswith('"'):
            return self._phrase(token)
        named = _FIELD.fullmatch(token.text)
        return self._field(token, named[1].lower(), named[2]) if named else self._word(token)

    def _phrase(self, token: _Token, field: str | None = None) -> Phrase:
        prefix = field is None and token.text.endswith('"*')
        if len(token.text) < 2 or not token.text.rstrip("*").endswith('"'):
            raise TrackError(
                _("The quotation mark opened at %(position)d is never closed.") % {"position": token.position},
                token.position,
            )
        words = tuple(_WORD.findall(token.text))
        if not words:
            raise TrackError(
                _("There are no words between the quotation marks at %(position)d.") % {"position": token.position},
                token.position,
            )
        return Phrase(words, prefix, field)

    def _field(self, token: _Token, name: str, value: str) -> Node:
        if name == "lang":
            code = _language(value)
            if code is None:
                raise TrackError(_("After lang: comes a language's code, such as lang:de or lang:en."), token.position)
            return Language(code)
        if name not in ("author", "source"):
            raise TrackError(
                _(
                    "“%(field)s:” is not known here. There are lang:, author: and source:. "
                    "Put it in quotation marks to listen for the words themselves."
                )
                % {"field": name},
                token.position,
            )
        if value.startswith('"'):
            return self._phrase(_Token(value, token.position + len(name) + 1), name)
        words = tuple(_WORD.findall(value))
        if not words:
            raise TrackError(
                _("After %(field)s: comes a name, such as %(field)s:mara.") % {"field": name}, token.position
            )
        return Phrase(words, field=name)

    def _word(self, token: _Token) -> Phrase | None:
        """None for what holds no word, such as a lone dash."""
        star = token.text.find("*")
        words = tuple(_WORD.findall(token.text))
        if star >= 0 and (not words or _WORD.search(token.text, star)):
            raise TrackError(
                _("The star stands for the rest of a word, so it comes at the end: deliver*."), token.position + star
            )
        return Phrase(words, prefix=star >= 0) if words else None


def _flat(kind: type[All] | type[Either], parts: list[Node]) -> Node | None:
    """One part stands for itself; parts of the same kind lose their brackets, which change nothing."""
    if len(parts) < 2:
        return parts[0] if parts else None
    return kind(tuple(inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,))))
