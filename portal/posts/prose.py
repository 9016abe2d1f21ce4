"""What people write, as others read it: Markdown to clean HTML, with the people it names.

HTML in the text is shown as text. Links lead out without telling where from; pictures come from our own files alone.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

HEADINGS_BELOW = 2
"""How many steps headings move down: a page has its own h1, and its parts have h2."""

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre", "s",
    "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "loading", "width", "height"},
    "ol": {"start"},
    "span": {"class", "data-person"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}

_NAMED_BY_ID = re.compile(r"@\[([^\]\n]{1,120})\]\(person:([0-9a-z]{20})\)")


@dataclass(frozen=True)
class Prose:
    """Clean HTML, and the ids of the people whom the text names."""

    html: str
    named: frozenset[str]


def render(text: str, people: Mapping[str, str], pictures: Mapping[str, tuple[int, int]] | None = None) -> Prose:
    """The text as clean HTML. ``pictures`` are sizes of our own files, in pixels, by id: nothing moves when they
    arrive. ``people`` are those who may be named, by id with their names: "@Mara Lindqvist" names
    her, and so does "@Mara" where only one of them is called so. Others stay plain text."""
    named: set[str] = set()
    environment = {
        "people": people,
        "named": named,
        "pictures": pictures or {},
        "find": lru_cache(None)(lambda: _finder(people)),
    }
    html = _markdown().render(text, environment)
    return Prose(clean(html), frozenset(named))


def clean(html: str) -> str:
    """The HTML, left with what a post may hold."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_only_our_own,
        url_schemes=_SCHEMES,
        link_rel="noopener nofollow",
    ).strip()


def _only_our_own(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src" and not is_our_file(value):
        return None
    if attribute == "class" and value != "named":
        return None
    return value


def is_our_file(address: str) -> bool:
    """Whether this is the address of an uploaded file of ours, or of its thumbnail."""
    return re.fullmatch(r"/files/[0-9a-z]{20}(/thumbnail)?", address) is not None


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    markdown.enable(["table", "strikethrough", "linkify"])
    markdown.inline.ruler.before("link", "named", _name_people)
    markdown.add_render_rule("named", _render_named)
    markdown.add_render_rule("image", _render_image)
    markdown.add_render_rule("heading_open", _demote)
    markdown.add_render_rule("heading_close", _demote)
    return markdown


def _name_people(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if state.src[start] != "@" or (start and (state.src[start - 1].isalnum() or state.src[start - 1] in "._-/")):
        return False
    found = _named_at(state.src, start, state.env)
    if found is None:
        return False
    person_id, name, length = found
    if not silent:
        token = state.push("named", "", 0)
        token.content = name
        token.meta = {"person_id": person_id}
        state.env["named"].add(person_id)
    state.pos += length
    return True


def _named_at(text: str, start: int, environment: Any) -> tuple[str, str, int] | None:
    by_id = _NAMED_BY_ID.match(text, start)
    if by_id and by_id[2] in environment["people"]:
        return by_id[2], environment["people"][by_id[2]], by_id.end() - start
    finder: Callable[[str, int], tuple[str, int] | None] = environment["find"]()
    found = finder(text, start + 1)
    if found is None:
        return None
    person_id, end = found
    return person_id, text[start + 1 : end], end - start


def _finder(people: Mapping[str, str]) -> Callable[[str, int], tuple[str, int] | None]:
    callable_by = _names_of_one(people)
    if not callable_by:
        return lambda _text, _start: None
    longest_first = sorted(callable_by, key=len, reverse=True)
    any_of_them = "|".join(map(re.escape, longest_first))
    pattern = re.compile(rf"(?:{any_of_them})(?!\w)", re.IGNORECASE)

    def find(text: str, start: int) -> tuple[str, int] | None:
        match = pattern.match(text, start)
        return (callable_by[match[0].lower()], match.end()) if match and match[0].lower() in callable_by else None

    return find


def _names_of_one(people: Mapping[str, str]) -> dict[str, str]:
    """Whole names and first names, lower case, that belong to one of the people only, with the person's id."""
    bearers: dict[str, set[str]] = {}
    for person_id, name in people.items():
        for called in {name.lower(), name.split()[0].lower() if name.split() else ""} - {""}:
            bearers.setdefault(called, set()).add(person_id)
    return {called: next(iter(ids)) for called, ids in bearers.items() if len(ids) == 1}


def _render_named(renderer: RendererProtocol, tokens: list[Token], index: int, options: Any, environment: Any) -> str:
    token = tokens[index]
    return f'<span class="named" data-person="{token.meta["person_id"]}">@{escape(token.content)}</span>'


def _render_image(renderer: RendererProtocol, tokens: list[Token], index: int, options: Any, environment: Any) -> str:
    token = tokens[index]
    address, alternative = str(token.attrGet("src") or ""), token.content
    if is_our_file(address) and not address.endswith("/thumbnail"):
        size = environment["pictures"].get(address.rpartition("/")[2])
        room = f' width="{size[0]}" height="{size[1]}"' if size else ""
        picture = f'<img src="{escape(address)}/thumbnail" alt="{escape(alternative)}"{room} loading="lazy">'
        return f'<a href="{escape(address)}">{picture}</a>'
    return f'<a href="{escape(address)}">{escape(alternative or address)}</a>'


def _demote(renderer: RendererProtocol, tokens: list[Token], index: int, options: Any, environment: Any) -> str:
    token = tokens[index]
    token.tag = f"h{min(int(token.tag[1:]) + HEADINGS_BELOW, 6)}" if token.meta.get("moved") is None else token.tag
    token.meta["moved"] = True
    return renderer.renderToken(tokens, index, options, environment)  # type: ignore[attr-defined,no-any-return]


def completions(people: Mapping[str, str], typed: str, at_most: int = 8) -> list[tuple[str, str, str]]:
    """Whom somebody may mean who typed this after "@": (id, name, what to write), by name.

    Any part of a name may begin with it. What to write is the name, or name and id where several are called so.
    """
    wanted = typed.strip().lower()
    alone = _names_of_one(people)
    found = [
        (person_id, name, f"@{name}" if name.lower() in alone else f"@[{name}](person:{person_id})")
        for person_id, name in people.items()
        if any(part.startswith(wanted) for part in [name.lower(), *name.lower().split()])
    ]
    return sorted(found, key=lambda person: person[1].lower())[:at_most]


_MARKS = re.compile(r"^\s{0,3}(?:#{1,6}|>|[-*+]|\d+[.)])\s+|[*_`~]{1,3}|^\s*[-=|:\s]{3,}$", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def first_words(text: str, length: int = 120) -> str:
    """The beginning of a text on one line, without its Markdown signs, cut at a word."""
    plain = " ".join(_MARKS.sub("", _LINK.sub(r"\1", text)).split())
    if len(plain) <= length:
        return plain
    return plain[: length + 1].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def headline(title: str, body: str) -> str:
    """What a thread is called in a list: its title, or the beginning of what it says."""
    return title or first_words(body.strip().split("\n", 1)[0], 100) or first_words(body, 100)
