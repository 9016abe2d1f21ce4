"""Reading what was typed: a pydantic model says what a form takes, and each error says what to change."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model, model_validator
from pydantic.fields import FieldInfo

from portal.core.errors import Invalid
from portal.core.i18n import gettext as _
from portal.core.text import keepable, seen


class Form(BaseModel):
    """The base of every form: spaces round what was typed are dropped, unknown fields are ignored.

    Text comes as every database can hold it, whether a page or a program sent it.
    """

    model_config = ConfigDict(str_strip_whitespace=True, extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _comes_keepable(cls, values: Any) -> Any:
        return _keepable(values)


def _keepable(value: Any) -> Any:
    match value:
        case str():
            return keepable(value)
        case list() | tuple():
            return [_keepable(each) for each in value]
        case dict():
            return {_keepable(key): _keepable(each) for key, each in value.items()}
    return value


SEEN = BeforeValidator(lambda typed: seen(typed) if isinstance(typed, str) else typed)
"""Written last in ``Annotated``: a name as it is seen, so that one of invisible characters alone has no length."""

CHOSEN = object()
"""In ``Annotated``: one chooses it from a list and does not write it. A ``Literal`` is chosen anyway."""

EMPLOYEES_ALONE = "x-employees-alone"
"""In ``json_schema_extra`` of what the API answers: a field (True) or values of it that customers are not told of."""

FormType = TypeVar("FormType", bound=Form)


class Given(dict[str, Any]):
    """What was typed, or what to change, by field. A template may ask for any field; an absent one is None."""

    def __missing__(self, key: str) -> None:
        return None


Check: TypeAlias = Callable[[Given], Mapping[str, str]]
"""Says what else is wrong with the values that could be read; None stands for those that could not."""


def parse(form: type[FormType], typed: Mapping[str, Any], check: Check | None = None) -> FormType:
    """The form's values. Raises ``Invalid`` with a sentence for each field that has to be changed.

    ``typed`` may be a form's multi-dict: a field declared as a list takes all values of its name. ``check`` is asked
    only where something cannot be read, so that what else is wrong is told at once with it.
    """
    values = _values(form, typed)
    try:
        return form.model_validate(values)
    except ValidationError as failure:
        errors = sentences(failure.errors(include_url=False), form)
        also = check(_read(form, values, failure)) if check else {}
        raise Invalid({**errors, **{name: also[name] for name in also if name not in errors}}, values) from None


def _read(form: type[Form], values: Mapping[str, Any], failure: ValidationError) -> Given:
    unread = {error["loc"][0] for error in failure.errors() if error["loc"]}
    readable = {name: value for name, value in values.items() if name not in unread}
    return Given(_without_duties(form).model_validate(readable).model_dump())


@cache
def _without_duties(form: type[Form]) -> type[Form]:
    """The same form, in which nothing has to be filled in."""
    fields: dict[str, Any] = {}
    for name, required in form.model_fields.items():
        if required.is_required():
            fields[name] = (required.annotation, FieldInfo.merge_field_infos(required, default=None))
    return create_model(form.__name__, __base__=form, **fields)


def _values(form: type[Form], typed: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, field in form.model_fields.items():
        if name not in typed:
            continue
        if "list" in str(field.annotation) or "tuple" in str(field.annotation):
            values[name] = list(typed.getlist(name)) if hasattr(typed, "getlist") else typed[name]
        else:
            values[name] = typed[name]
            if values[name] == "" and not field.is_required():
                del values[name]
    return values


def sentences(errors: Iterable[Mapping[str, Any]], form: type[Form] | None = None) -> dict[str, str]:
    """A sentence for each field, in words that say what to change; the key "" stands for the form as a whole.

    ``errors`` are pydantic's, each with ``type``, ``loc``, ``msg`` and perhaps ``ctx``; ``form`` knows which are
    chosen.
    """
    found: dict[str, str] = {}
    for error in errors:
        field = ".".join(str(part) for part in error["loc"])
        if form is not None and _is_left_out(error) and _is_chosen(form, field):
            found.setdefault(field, _("Choose one."))
        elif error["type"] == "json_invalid" or (error["type"] == "missing" and not field):
            found.setdefault("", _("Send a JSON object."))
        else:
            found.setdefault(field, _sentence(error["type"], error.get("ctx", {}), error["msg"]))
    return found


def _is_left_out(error: Mapping[str, Any]) -> bool:
    return error["type"] == "missing" or not str(error.get("input", "?")).strip()


def _is_chosen(form: type[Form], name: str) -> bool:
    field = form.model_fields.get(name)
    return field is not None and (CHOSEN in field.metadata or get_origin(field.annotation) is Literal)


def _sentence(kind: str, context: Mapping[str, Any], message: str) -> str:
    match kind:
        case "model_attributes_type" | "model_type" | "dict_type":
            return _("Send a JSON object.")
        case "list_type" | "tuple_type":
            return _("Send a list.")
        case "string_type":
            return _("Write text.")
        case "bool_type" | "bool_parsing":
            return _("Write true or false.")
        case "datetime_type" | "datetime_parsing" | "datetime_from_date_parsing":
            return _("Write a date and time such as 2027-11-03T14:30:00Z.")
        case "missing":
            return _("Fill this in.")
        case "string_too_short":
            if context["min_length"] == 1:
                return _("Fill this in.")
            return _("Use at least %(number)d characters.") % {"number": context["min_length"]}
        case "string_too_long":
            return _("Use at most %(number)d characters.") % {"number": context["max_length"]}
        case "too_short":
            return _("Choose at least one.")
        case "literal_error" | "enum":
            return _("Choose one of the options.")
        case "date_from_datetime_parsing" | "date_parsing" | "date_type":
            return _("Write a date such as 2027-11-03.")
        case "int_parsing" | "int_type" | "int_from_float":
            return _("Write a whole number.")
        case "greater_than_equal":
            return _("Write %(number)s or more.") % {"number": context["ge"]}
        case "less_than_equal":
            return _("Write %(number)s or less.") % {"number": context["le"]}
        case "value_error":
            if "@" in message or "email" in message.lower():
                return _("Write a whole e-mail address, such as jo@example.com.")
            return str(context.get("error", message))
        case "extra_forbidden":
            return _("There is no such field.")
    return _("Check this entry.")
