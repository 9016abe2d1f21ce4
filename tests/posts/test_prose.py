"""What people write, as others read it."""

from portal.posts.prose import completions, first_words, headline, render

FILE = "0123456789abcdefghjk"
MARA, BEN, BEN_TOO = "m" * 20, "b" * 20, "c" * 20
PEOPLE = {MARA: "Mara Lindqvist", BEN: "Ben Okafor"}


def html(text: str) -> str:
    return render(text, PEOPLE).html


def test_markup_in_the_text_stays_text() -> None:
    assert "<script" not in html("<script>alert(1)</script>")
    assert 'href="javascript' not in html("[x](javascript:alert(1))")
    assert "<img" not in html('<img src=x onerror="alert(1)">')


def test_links_lead_out_without_telling_from_where() -> None:
    assert html("see https://example.com/a_b") == (
        '<p>see <a href="https://example.com/a_b" rel="noopener nofollow">https://example.com/a_b</a></p>'
    )


def test_pictures_come_from_our_own_files_alone() -> None:
    assert f'<img src="/files/{FILE}/thumbnail" alt="wet carton"' in html(f"![wet carton](/files/{FILE})")
    elsewhere = html("![x](https://evil.example/x.png)")
    assert "<img" not in elsewhere
    assert 'href="https://evil.example/x.png"' in elsewhere
    assert "<img" not in html("![x](//evil.example/files/0123456789abcdefghjk)")
    assert "<img" not in html("![x](/files/../sign-out)")


def test_headings_stand_below_those_of_the_page() -> None:
    assert html("# One\n\n## Two\n\n###### Six") == "<h3>One</h3>\n<h4>Two</h4>\n<h6>Six</h6>"


def test_lists_tables_and_code_are_kept() -> None:
    assert "<li>one</li>" in html("- one\n- two")
    assert "<td>1</td>" in html("| a |\n|---|\n| 1 |")
    assert "<pre><code>x &lt; 1\n</code></pre>" in html("```\nx < 1\n```")


def test_people_are_named_by_their_whole_or_only_first_name() -> None:
    written = render("@Mara Lindqvist and @ben, not jo@ben.example", PEOPLE)
    assert written.named == {MARA, BEN}
    assert written.html.count('class="named"') == 2


def test_nobody_is_named_in_code_or_by_a_shared_name() -> None:
    assert render("`@Mara`", PEOPLE).named == frozenset()
    assert render("@Ben", {**PEOPLE, BEN_TOO: "Ben Adler"}).named == frozenset()
    assert render("@Maranello", PEOPLE).named == frozenset()


def test_two_of_one_name_are_told_apart_by_id() -> None:
    people = {BEN: "Ben Okafor", BEN_TOO: "Ben Okafor"}
    written = [text for _id, _name, text in completions(people, "be")]
    assert {next(iter(render(text, people).named)) for text in written} == {BEN, BEN_TOO}


def test_somebody_who_cannot_see_the_space_is_not_named_by_id() -> None:
    written = render(f"@[Eve Adeyemi](person:{'e' * 20})", PEOPLE)
    assert written.named == frozenset()
    assert 'class="named"' not in written.html


def test_completion_finds_any_part_of_a_name() -> None:
    assert [name for _id, name, _text in completions(PEOPLE, "oka")] == ["Ben Okafor"]
    assert [name for _id, name, _text in completions(PEOPLE, "")] == ["Ben Okafor", "Mara Lindqvist"]


def test_the_first_words_are_without_signs() -> None:
    assert first_words("## Hello **world**, [here](https://x.example)\n\n> so") == "Hello world, here so"
    assert headline("", "- first\n- second") == "first"
