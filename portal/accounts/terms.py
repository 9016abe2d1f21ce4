"""The terms that customers accept: Markdown to clean HTML. HTML in the text is shown as text."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "strong", "table", "tbody", "td",
    "th", "thead", "tr", "ul",
}  # fmt: skip


def render(text: str) -> str:
    """The text as clean HTML; its headings stand below the page's own."""
    html = _markdown().render(text)
    for level in (3, 2, 1):
        html = html.replace(f"<h{level}>", f"<h{level + 1}>").replace(f"</h{level}>", f"</h{level + 1}>")
    return nh3.clean(
        html, tags=_TAGS, attributes={"a": {"href"}, "ol": {"start"}}, link_rel="noopener nofollow"
    ).strip()


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table"])
