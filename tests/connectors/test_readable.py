import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.connectors.readable import readable


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("one<br><br>two", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("  much   white\n space ", "much white space"),
        ("<pre>kept\n  as it is</pre>", "kept\nas it is"),
        ("<ul><li>a</li><li>b</li></ul>after", "- a\n- b\n\nafter"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("Tom &amp; Jerry &lt;3 &#8364;5&nbsp;off", "Tom & Jerry <3 €5 off"),
        ("wi<b>th</b>in a <a href='javascript:x()'>word</a>", "within a word"),
        ('<img src="x" alt=":)"> hi', ":) hi"),
        ("a<script>alert('x')</script>b<style>p{}</style>c", "abc"),
        ("a<svg><title>t</title><script>x</script></svg>b", "ab"),
        ("<p>never closed <b>at all", "never closed at all"),
        ("</p></div>closed too often", "closed too often"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
    ],
)
def test_html_as_somebody_would_read_it(html: str, text: str) -> None:
    assert readable(html) == text


@given(st.lists(st.sampled_from(["<p>", "</p>", "<li>", "<script>", "</script>", "<pre>", "&amp;", "<!--", "x", "\n"])))
def test_any_html_is_tidy(pieces: list[str]) -> None:
    text = readable("".join(pieces))
    assert text == text.strip()
    assert "\n\n\n" not in text
