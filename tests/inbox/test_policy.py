"""The transition table in the code and the one people read say the same."""

from pathlib import Path

from portal.inbox import policy

DOCS = Path(__file__).parents[2] / "docs" / "cases.md"


def table() -> dict[str, dict[str, tuple[str, ...]]]:
    rows = [line for line in DOCS.read_text().splitlines() if line.startswith("| ")]
    columns = [cell.strip() for cell in rows[0].strip("|").split("|")][1:]
    found = {}
    for row in rows[1:]:
        verb, *cells = (cell.strip() for cell in row.strip("|").split("|"))
        found[verb] = {state: tuple(cell.split(" or ")) for state, cell in zip(columns, cells, strict=True) if cell}
    return found


def test_the_table_in_the_docs_is_the_one_in_the_code() -> None:
    assert table() == policy.TRANSITIONS


def test_no_verb_leads_out_of_the_states() -> None:
    known = set(policy.STATES)
    for verb, transitions in policy.TRANSITIONS.items():
        assert set(transitions) <= known, verb
        assert {state for following in transitions.values() for state in following} <= known, verb


def test_unknown_means_no() -> None:
    assert not policy.may("forget", "new")
    assert not policy.may("claim", "unheard of")
