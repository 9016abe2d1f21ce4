import pytest

from portal.listening.item import PresetInvalid, find_presets

PRESETS = {preset.name: preset for preset in find_presets()}


def test_presets_are_found_and_fully_labelled() -> None:
    assert list(PRESETS) == ["app-store-reviews", "mastodon-hashtag", "stack-exchange-tag"]
    for preset in PRESETS.values():
        assert preset.kind == "feed"
        assert all(field.label and field.help and field.example for field in preset.fields)


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_examples_shown_are_answers_that_work(name: str) -> None:
    preset = PRESETS[name]
    assert preset.write({field.name: field.example for field in preset.fields})["url"].startswith("https://")


@pytest.mark.parametrize(
    ("name", "answers", "url"),
    [
        (
            "mastodon-hashtag",
            {"instance": "mastodon.social", "hashtag": "#acme"},
            "https://mastodon.social/tags/acme.rss",
        ),
        (
            "mastodon-hashtag",
            {"instance": " https://Tröt.example/about ", "hashtag": "grün"},
            "https://xn--trt-tna.example/tags/gr%C3%BCn.rss",
        ),
        (
            "stack-exchange-tag",
            {"site": "https://stackoverflow.com/questions", "tag": "[C#]"},
            "https://stackoverflow.com/feeds/tag/c%23",
        ),
        (
            "app-store-reviews",
            {"app": "https://apps.apple.com/us/app/acme/id284882215?mt=8", "country": "DE"},
            "https://itunes.apple.com/de/rss/customerreviews/id=284882215/sortBy=mostRecent/xml",
        ),
        (
            "app-store-reviews",
            {"app": "284882215", "country": "us"},
            "https://itunes.apple.com/us/rss/customerreviews/id=284882215/sortBy=mostRecent/xml",
        ),
    ],
)
def test_answers_become_the_address_of_a_feed(name: str, answers: dict[str, str], url: str) -> None:
    assert PRESETS[name].write(answers) == {"url": url}


@pytest.mark.parametrize(
    ("name", "answers", "field"),
    [
        ("mastodon-hashtag", {}, "instance"),
        ("mastodon-hashtag", {"instance": "localhost", "hashtag": "acme"}, "instance"),
        ("mastodon-hashtag", {"instance": "jo:pw@mastodon.social", "hashtag": "acme"}, "instance"),
        ("mastodon-hashtag", {"instance": "http://[::1", "hashtag": "acme"}, "instance"),
        ("mastodon-hashtag", {"instance": "mastodon.social", "hashtag": "two words"}, "hashtag"),
        ("mastodon-hashtag", {"instance": "mastodon.social", "hashtag": "../x"}, "hashtag"),
        ("stack-exchange-tag", {"site": "stackoverflow.com", "tag": "a/b"}, "tag"),
        ("app-store-reviews", {"app": "Acme", "country": "us"}, "app"),
        ("app-store-reviews", {"app": "284882215", "country": "USA"}, "country"),
    ],
)
def test_an_answer_that_cannot_work_is_refused_beside_its_question(
    name: str, answers: dict[str, str], field: str
) -> None:
    with pytest.raises(PresetInvalid) as refused:
        PRESETS[name].write(answers)
    assert field in refused.value.errors
    assert str(refused.value)


@pytest.mark.parametrize("name", PRESETS)
def test_all_answers_that_cannot_work_are_refused_at_once(name: str) -> None:
    """The second was named only once the first was right."""
    asked = [field.name for field in PRESETS[name].fields]
    with pytest.raises(PresetInvalid) as refused:
        PRESETS[name].write(dict.fromkeys(asked, "no /"))
    assert list(refused.value.errors) == asked
