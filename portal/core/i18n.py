"""The words of the product, from gettext catalogues. English is what the code itself says."""

import gettext as catalogues
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache

from markupsafe import Markup

from portal.core.paths import LOCALES

DOMAIN = "portal"
language: ContextVar[str] = ContextVar("language", default="en")


@lru_cache
def _catalogue(code: str) -> catalogues.NullTranslations:
    return catalogues.translation(DOMAIN, str(LOCALES), [code], fallback=True)


@lru_cache(maxsize=4096)
def _markup(code: str, message: str) -> tuple[Markup, Markup]:
    text = _catalogue(code).gettext(message)
    return Markup(text), Markup(text.replace("%%", "%"))


def template_gettext(message: str, /, **variables: object) -> Markup:
    """The message for a template, as markup; what is put into it is escaped.

    Jinja's own wrapper formats each message anew, which took a fifth of a page's time.
    """
    to_fill, ready = _markup(language.get(), message)
    return to_fill % variables if variables else ready


def template_ngettext(singular: str, plural: str, number: int, /, **variables: object) -> Markup:
    """The message for this number for a template; ``num`` is filled in by itself."""
    return Markup(ngettext(singular, plural, number)) % {"num": number, **variables}


def plain_gettext(message: str, /, **variables: object) -> str:
    """The message for a template of plain text, with its variables filled in as they are."""
    return gettext(message) % variables


def plain_ngettext(singular: str, plural: str, number: int, /, **variables: object) -> str:
    """The message for this number for a template of plain text; ``num`` is filled in by itself."""
    return ngettext(singular, plural, number) % {"num": number, **variables}


def to_translate(message: str) -> str:
    """The message as it is: it enters the catalogue, and whoever shows it asks for it in the reader's language."""
    return message


@dataclass(frozen=True)
class Sentence:
    """A sentence that is kept as the catalogue knows it, and told in the language of whoever reads it later."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return gettext(self.message) % self.values if self.values else gettext(self.message)


def gettext(message: str) -> str:
    """The message in the reader's language."""
    return _catalogue(language.get()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The message for this number in the reader's language."""
    return _catalogue(language.get()).ngettext(singular, plural, number)


def language_name(code: str) -> str:
    """What a language is called in the reader's own, such as "German" for "de"; its code where nobody knows it."""
    return _language_name(code, language.get())


@lru_cache
def _language_name(code: str, reader: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(code.replace("-", "_")).get_display_name(reader) or code
    except (UnknownLocaleError, ValueError):
        return code
