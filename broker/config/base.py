"""What every configuration model shares: strict keys, frozen values, and the plain types of the file."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

OFF = "off"
"""What may be written in place of 0 where 0 switches something off."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong value below the model that found it: where, and what was expected there."""

    loc: tuple[str | int, ...]
    expected: str


class Faults(ValueError):
    """Several faults that a check across fields has found; `broker.config.problems` gives each its full path."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.expected for fault in self.faults))

    @classmethod
    def check(cls, faults: Iterable[Fault]) -> None:
        """Raise when there is at least one fault."""
        found = tuple(faults)
        if found:
            raise cls(found)


class Model(BaseModel):
    """A part of the configuration: an unknown key is an error, and nothing changes after loading."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # an error must not show a password
        use_attribute_docstrings=True,
        validate_default=True,  # default paths resolve against the file's folder as well
    )


def accepts(*short_forms: dict[str, Any]) -> Any:
    """The `__get_pydantic_json_schema__` of a model that may be written in a short form as well."""

    def schema(_: type[Model], core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        made = handler.resolve_ref_schema(handler(core))
        long_form = dict(made)
        made.clear()
        made["description"] = long_form.pop("description", "")
        made["anyOf"] = [long_form, *short_forms]
        return made

    return classmethod(schema)


_A_PATH = "the path of a file or folder"


def folder_of(info: ValidationInfo) -> Path | None:
    """The folder of the file that is being loaded; None for a model made in Python."""
    context = info.context
    return context.get("folder") if isinstance(context, dict) else None


def _not_empty(value: Any) -> Any:
    if value == "":  # pathlib would take it for the folder of the file
        raise ValueError(_A_PATH)
    return value


def _file(path: Path) -> Path:
    if path == Path():
        raise ValueError(_A_PATH)
    return path


def resolved(path: Path, info: ValidationInfo) -> Path:
    """The path with `~` replaced, from the folder of the file; a ValueError says what is wrong with it."""
    if "\0" in str(path):
        raise ValueError(_A_PATH)
    try:
        path = path.expanduser()
    except RuntimeError:
        raise ValueError("a path without ~, whose folder cannot be found") from None
    folder = folder_of(info)
    return path if folder is None else folder / path


ConfigPath = Annotated[Path, AfterValidator(_file), AfterValidator(resolved)]
"""The path of a file; a relative one counts from the folder of the configuration file."""

ConfigFolder = Annotated[Path, BeforeValidator(_not_empty), AfterValidator(resolved)]
"""The path of a folder, likewise; `.` is the folder of the configuration file."""


def _number(value: Any) -> Any:
    if isinstance(value, bool):  # pydantic would take true for 1
        raise ValueError("a number")
    return value


def _number_or_off(value: Any) -> Any:
    if value == OFF or value is False:
        return 0
    return _number(value)


def one_or_many(value: Any) -> Any:
    """A text alone stands for a list with it."""
    return [value] if isinstance(value, str) else value


def each_once(values: list[Any]) -> list[Any]:
    """Refuse a list that has something twice."""
    if len(set(values)) != len(values):
        raise ValueError("each entry once")
    return values


_DAY = 86400.0
_SECONDS_OR_OFF = WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0, "maximum": _DAY}, {"enum": [OFF, False]}]})

Seconds = Annotated[float, Field(gt=0, le=_DAY, allow_inf_nan=False), BeforeValidator(_number)]
"""A time above 0 and of at most a day."""

SecondsOrZero = Annotated[float, Field(ge=0, le=_DAY, allow_inf_nan=False), BeforeValidator(_number)]
"""A time of at most a day; 0 for at once."""

SecondsOrOff = Annotated[
    float, Field(ge=0, le=_DAY, allow_inf_nan=False), BeforeValidator(_number_or_off), _SECONDS_OR_OFF
]
"""A time of at most a day; 0, `off` or false for never."""

Age = Annotated[float, Field(gt=0, le=3650 * _DAY, allow_inf_nan=False), BeforeValidator(_number)]
"""A time of at most ten years."""

MIB = 1024 * 1024

Size = Annotated[int, Field(ge=64 * 1024, le=1024 * 1024 * MIB), BeforeValidator(_number)]
"""A number of bytes, from 64 KiB to 1 TiB."""

Count = Annotated[int, Field(ge=1, le=1_000_000_000), BeforeValidator(_number)]
"""A whole number of at least 1."""

Days = Annotated[int, Field(ge=1, le=3650), BeforeValidator(_number)]
"""A whole number of days, at most ten years."""

Rate = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False), BeforeValidator(_number)]
"""A number a second."""

Profile = Annotated[int, Field(ge=0, le=3), BeforeValidator(_number)]
"""A security profile of OCPP: 0 none, 1 Basic auth, 2 TLS and Basic auth, 3 TLS and a client certificate."""

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]
"""A name of the file's own: letters, digits, `_`, `.` and `-`."""

Glob = Annotated[str, Field(min_length=1, max_length=1024)]
"""A pattern with `*`, `?` and `[...]`, compared case-sensitively with the whole value."""

Globs = Annotated[list[Glob], Field(min_length=1), BeforeValidator(one_or_many, json_schema_input_type=str | list[str])]
"""One pattern or a list of them; one that fits is enough."""

Text = Annotated[str, Field(min_length=1, max_length=1024)]
"""A text that is not empty."""

Names = Annotated[list[Text], Field(min_length=1), BeforeValidator(one_or_many, json_schema_input_type=str | list[str])]
"""One name or a list of them."""


def _identity(value: str) -> str:
    if not value.isprintable():
        raise ValueError("an identity without control characters")
    if value in (".", ".."):  # the door takes none either: they would be resolved away in a URL (RFC 3986 5.2.4)
        raise ValueError("an identity other than . and ..")
    return value


Identity = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_identity)]
"""A station's identity as it stands after percent-decoding, of 1 to 255 characters."""
