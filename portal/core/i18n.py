"""The words of the product, from gettext catalogues. English is what the code itself says."""

import gettext as catalogues
from contextvars import ContextVar
from functools import lru_cache

from portal.core.paths import LOCALES

DOMAIN = "portal"
SHIPPED = ("en",)
language: ContextVar[str] = ContextVar("language", default="en")


@lru_cache
def _catalogue(code: str) -> catalogues.NullTranslations:
    return catalogues.translation(DOMAIN, str(LOCALES), [code], fallback=True)


def gettext(message: str) -> str:
    """The message in the reader's language."""
    return _catalogue(language.get()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The message for this number in the reader's language."""
    return _catalogue(language.get()).ngettext(singular, plural, number)


def pgettext(context: str, message: str) -> str:
    """The message, where one English word stands for several meanings."""
    return _catalogue(language.get()).pgettext(context, message)


def npgettext(context: str, singular: str, plural: str, number: int) -> str:
    """The message for this number, where one English word stands for several meanings."""
    return _catalogue(language.get()).npgettext(context, singular, plural, number)
