"""Plain text out of HTML, as a person would read it aloud: paragraphs, lists, no markup, nothing that runs."""

import re
from html.parser import HTMLParser

_PARAGRAPHS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "table", "figure", "hr"}
)
_LINES = frozenset(
    {
        "br",
        "div",
        "li",
        "tr",
        "dt",
        "dd",
        "section",
        "article",
        "header",
        "footer",
        "aside",
        "main",
        "nav",
        "figcaption",
        "summary",
        "option",
    }
)
_CELLS = frozenset({"td", "th"})
_UNREAD = frozenset(
    {
        "script",
        "style",
        "template",
        "noscript",
        "iframe",
        "object",
        "applet",
        "svg",
        "math",
        "head",
        "title",
        "textarea",
        "select",
        "canvas",
        "audio",
        "video",
    }
)


def readable(html: str) -> str:
    """The text of a piece of HTML, with line feeds: an empty line between paragraphs, "- " before what is in a list."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tidy("".join(reader.pieces))


def tidy(text: str) -> str:
    """No spaces at the ends of lines, at most one empty line in a row, none around the whole."""
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unread: list[str] = []
        self._preformatted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unread:
            if tag in _UNREAD:
                self._unread.append(tag)
            return
        if tag in _UNREAD:
            self._unread.append(tag)
            return
        self._preformatted += tag == "pre"
        self._break(tag)
        if tag == "li":
            self.pieces.append("- ")
        elif tag == "img":
            self.pieces.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if self._unread:
            if tag in self._unread:
                del self._unread[self._unread.index(tag) :]
            return
        self._preformatted = max(0, self._preformatted - (tag == "pre"))
        if tag != "br":
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.pieces.append(data if self._preformatted else re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self.pieces.append("\n\n")
        elif tag in _LINES:
            self.pieces.append("\n" if tag == "br" or not self._at_line_start() else "")
        elif tag in _CELLS:
            self.pieces.append(" ")

    def _at_line_start(self) -> bool:
        return not self.pieces or self.pieces[-1].endswith("\n")
