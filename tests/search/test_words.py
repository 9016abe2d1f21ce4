"""What a query asks for, and how it stands out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from portal.search.words import Term, Wanted, excerpt, fold, for_fts5, for_tsquery, highlighted, parse


@pytest.mark.parametrize(
    ("query", "terms", "excluded"),
    [
        ("pump fil", (Term(("pump",)), Term(("fil",), begins=True)), ()),
        ('"old filter" Pumpe', (Term(("old", "filter")), Term(("pumpe",), begins=True)), ()),
        ('pump "old filter"', (Term(("pump",)), Term(("old", "filter"))), ()),
        ("pump -rain", (Term(("pump",)),), (Term(("rain",)),)),
        ('pump -"heavy rain"', (Term(("pump",)),), (Term(("heavy", "rain")),)),
        ('"never closed', (Term(("never", "closed"), begins=True),), ()),
        ("Prüfbericht", (Term(("prufbericht",), begins=True),), ()),
        ("X2-pump", (Term(("x2", "pump"), begins=True),), ()),
        ("a OR b AND", (Term(("a",)), Term(("or",)), Term(("b",)), Term(("and",), begins=True)), ()),
    ],
)
def test_a_query_is_words_phrases_and_what_must_not_be_there(
    query: str, terms: tuple[Term, ...], excluded: tuple[Term, ...]
) -> None:
    assert parse(query) == Wanted(terms, excluded)


@pytest.mark.parametrize("query", ["", "   ", "a", "-rain", '""', "* ( ) :", "' ; --", "- -"])
def test_too_little_to_look_for(query: str) -> None:
    assert parse(query).is_too_short


@given(st.text(max_size=250))
def test_nothing_typed_is_ever_a_mistake(query: str) -> None:
    wanted = parse(query)
    for signs in (for_fts5(wanted), for_tsquery(wanted)):
        assert signs.count('"') % 2 == 0
        assert signs.count("'") % 2 == 0
    assert highlighted(query, wanted).unescape().replace("<mark>", "").replace("</mark>", "") == query.replace(
        "<mark>", ""
    ).replace("</mark>", "")


@given(st.text(max_size=50))
def test_folding_keeps_places(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_hits_stand_out_and_everything_else_is_only_text() -> None:
    shown = highlighted("<b>Filter</b> & refilter, filters", parse("filt"))
    assert shown == Markup("&lt;b&gt;<mark>Filter</mark>&lt;/b&gt; &amp; refilter, <mark>filters</mark>")


def test_an_excerpt_stands_round_the_first_hit() -> None:
    shown = str(excerpt("before " * 40 + "the Prüf-Bericht says " + "after " * 40, parse('"pruf bericht"')))
    assert "<mark>Prüf-Bericht</mark>" in shown
    assert shown.startswith("… before")
    assert shown.endswith("after …")
    assert len(shown) < 260
