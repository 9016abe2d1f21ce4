"""What was typed, and what is said of it."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from portal.core.errors import Conflict, Gathered, Invalid
from portal.core.forms import CHOSEN, Form, Given, parse


class PetForm(Form):
    name: str = Field(min_length=1)
    keeper: Annotated[str, Field(min_length=1), CHOSEN]
    kind: Literal["cat", "dog"]
    age: int = 1
    friends: list[str] = []


RIGHT = {"name": "Mo", "keeper": "ben", "kind": "cat"}


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"name": ""}, {"name": "Fill this in."}),
        ({"keeper": ""}, {"keeper": "Choose one."}),
        ({"keeper": None}, {"keeper": "Choose one."}),
        ({"kind": ""}, {"kind": "Choose one."}),
        ({"kind": None}, {"kind": "Choose one."}),
        ({"kind": "cow"}, {"kind": "Choose one of the options."}),
        (
            {"name": "", "kind": "", "age": "x"},
            {"name": "Fill this in.", "kind": "Choose one.", "age": "Write a whole number."},
        ),
    ],
)
def test_what_is_chosen_is_not_filled_in(typed: dict[str, str | None], errors: dict[str, str]) -> None:
    sent = {name: value for name, value in {**RIGHT, **typed}.items() if value is not None}
    with pytest.raises(Invalid) as refused:
        parse(PetForm, sent)
    assert refused.value.errors == errors


def test_what_else_is_wrong_is_told_with_what_cannot_be_read() -> None:
    asked: list[Mapping[str, Any]] = []

    def check(given: Given) -> dict[str, str]:
        asked.append(given)
        return {"keeper": "Ben is away.", "age": "Too old."}

    with pytest.raises(Invalid) as refused:
        parse(PetForm, {**RIGHT, "name": "", "age": "x", "friends": ["Rex"]}, check)
    assert refused.value.errors == {"name": "Fill this in.", "age": "Write a whole number.", "keeper": "Ben is away."}
    assert asked == [{"name": None, "keeper": "ben", "kind": "cat", "age": 1, "friends": ["Rex"]}]
    assert parse(PetForm, RIGHT, check).name == "Mo"
    assert len(asked) == 1


def test_what_is_wrong_with_several_fields_is_gathered() -> None:
    wrong = Gathered()
    for name in ("name", "age"):
        with wrong:
            raise Invalid({name: "No."})
    with pytest.raises(Invalid) as refused:
        wrong.tell()
    assert refused.value.errors == {"name": "No.", "age": "No."}
    with pytest.raises(Conflict), wrong:
        raise Conflict("Somebody was quicker.")
    Gathered().tell()
