"""Presets: a few plain questions instead of the address of a feed."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from portal.core.i18n import gettext as _
from portal.core.i18n import to_translate
from portal.listening.item import Preset, PresetField, PresetInvalid

_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}(?::\d{1,5})?")


def _write_mastodon_hashtag(answers: Mapping[str, str]) -> dict[str, str]:
    instance = _host(answers, "instance")
    hashtag = answers.get("hashtag", "").strip().lstrip("#＃")
    wrong = {}
    if not instance:
        wrong["instance"] = _no_server("mastodon.social")
    if not re.fullmatch(r"\w+", hashtag) or hashtag.isdecimal():
        wrong["hashtag"] = _("Type one hashtag: letters, digits and _, no spaces.")
    if wrong:
        raise PresetInvalid(wrong)
    return {"url": f"https://{instance}/tags/{quote(hashtag)}.rss"}


def _write_stack_exchange_tag(answers: Mapping[str, str]) -> dict[str, str]:
    site = _host(answers, "site")
    tag = answers.get("tag", "").strip().strip("[]").lower()
    wrong = {}
    if not site:
        wrong["site"] = _no_server("stackoverflow.com")
    if not re.fullmatch(r"[\w.+#-]{1,50}", tag):
        wrong["tag"] = _("Type one tag as the site writes it, such as google-maps.")
    if wrong:
        raise PresetInvalid(wrong)
    return {"url": f"https://{site}/feeds/tag/{quote(tag, safe='')}"}


def _write_app_store_reviews(answers: Mapping[str, str]) -> dict[str, str]:
    app = answers.get("app", "").strip()
    numbers = re.findall(r"^(?:id)?(\d{5,12})$|/id(\d{5,12})(?:[/?#]|$)", app)
    country = answers.get("country", "").strip().lower()
    wrong = {}
    if not numbers:
        wrong["app"] = _("Type the app's number, or paste the address of its page in the App Store.")
    if not re.fullmatch(r"[a-z]{2}", country):
        wrong["country"] = _("Type the country's two letters, such as us or de.")
    if wrong:
        raise PresetInvalid(wrong)
    number = "".join(numbers[0])
    return {"url": f"https://itunes.apple.com/{country}/rss/customerreviews/id={number}/sortBy=mostRecent/xml"}


def _host(answers: Mapping[str, str], name: str) -> str:
    """The server's name, also out of a pasted address of one of its pages; "" where there is none."""
    typed = answers.get(name, "").strip().lower()
    try:
        host = urlsplit(typed if "://" in typed else f"https://{typed}").netloc
        host = host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return ""
    return host if _HOST.fullmatch(host) else ""


def _no_server(example: str) -> str:
    return _("Type the name of a server, such as %(example)s.") % {"example": example}


mastodon_hashtag = Preset(
    name="mastodon-hashtag",
    label=to_translate("Mastodon hashtag"),
    kind="feed",
    fields=(
        PresetField(
            "instance",
            to_translate("Server"),
            to_translate("Each server shows the posts that it knows of."),
            "mastodon.social",
        ),
        PresetField("hashtag", to_translate("Hashtag"), to_translate("With or without #."), "acme"),
    ),
    write=_write_mastodon_hashtag,
)

stack_exchange_tag = Preset(
    name="stack-exchange-tag",
    label=to_translate("Stack Exchange tag"),
    kind="feed",
    fields=(
        PresetField("site", to_translate("Site"), to_translate("Any site of Stack Exchange."), "stackoverflow.com"),
        PresetField("tag", to_translate("Tag"), to_translate("One tag, as the site writes it."), "google-maps"),
    ),
    write=_write_stack_exchange_tag,
)

app_store_reviews = Preset(
    name="app-store-reviews",
    label=to_translate("App Store reviews"),
    kind="feed",
    fields=(
        PresetField(
            "app",
            to_translate("App"),
            to_translate("Its number, or the address of its page in the App Store."),
            "id284882215",
        ),
        PresetField(
            "country", to_translate("Country"), to_translate("Two letters; each country has reviews of its own."), "us"
        ),
    ),
    write=_write_app_store_reviews,
)
