"""Words on their way from one space into another: what of them is left behind, and where their own links lead."""

import re
from collections.abc import Collection

from portal.core.i18n import gettext as _

_NAMED = re.compile(r"@\[([^\]\n]{1,120})\]\(person:[0-9a-z]{20}\)|(?<![\w.@/-])@(?=\w)")
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]*)(?:\s[^)]*)?\)")
_FILE = re.compile(r"!?\[((?:\\.|[^\]])*)\]\(/files/([0-9a-z]{20})\)")
_PLACE = r"/(?!static/|people/|me\b|sign-in)(?:[a-z][\w-]*)(?:/[\w.-]+)*"


def quote_of(words: str, base_url: str, by: str) -> str:
    """The words as a quote in Markdown, ``by`` on its last line. Nothing in it leads to where they come from."""
    plain = without_people(without_our_links(words.strip(), base_url))
    quoted = "\n".join(f"> {line}".rstrip() for line in plain.split("\n"))
    return f"{quoted}\n>\n> — {by}\n\n" if by else f"{quoted}\n\n"


def without_people(text: str) -> str:
    """The text, in which nobody is named as by "@": whoever was named there was not meant here."""
    return _NAMED.sub(lambda found: found[1] or "", text)


def without_our_links(text: str, base_url: str) -> str:
    """The text, with the words of links and pictures in place of those that lead into this portal."""
    linked = _LINK.sub(lambda found: found[1] if _is_ours(found[2], base_url) else found[0], text)
    return re.sub(rf"<?{re.escape(base_url)}{_PLACE}\S*", _("(a link of ours)"), linked)


def _is_ours(address: str, base_url: str) -> bool:
    return address.startswith(("/", f"{base_url}/")) or address == base_url


def our_links(text: str, base_url: str) -> list[str]:
    """The paths in this portal to which the text links, each once, in the order of the text."""
    written = (found[2].removeprefix(base_url) for found in _LINK.finditer(text) if _is_ours(found[2], base_url))
    bare = (found[1] for found in re.finditer(rf"{re.escape(base_url)}({_PLACE})", text))
    return list(dict.fromkeys(path for path in (*written, *bare) if re.match(_PLACE, path)))


def only_files(text: str, kept: Collection[str]) -> str:
    """The text without the files that are not among the kept ids."""
    without = _FILE.sub(lambda found: found[0] if found[2] in kept else "", text)
    return re.sub(r"\n{3,}", "\n\n", without).strip()


def with_files(text: str, copies: dict[str, str]) -> str:
    """The text, in which the copies of files stand in place of these files (ids by id)."""
    return re.sub(r"/files/([0-9a-z]{20})", lambda found: f"/files/{copies.get(found[1], found[1])}", text)


def with_names(text: str, names: dict[str, str]) -> str:
    """The text, in which names stand in place of the addresses of these files (names by id)."""
    return re.sub(r"/files/([0-9a-z]{20})", lambda found: names.get(found[1], found[0]).replace(" ", "%20"), text)
