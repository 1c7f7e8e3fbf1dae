"""Payloads against the schemas of their version, with a compiled validator; each is built when it is first used."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import jsonschema_rs
import msgspec

from broker.ocpp import schema_files
from broker.ocpp.errors import ErrorKind
from broker.ocpp.messages import Call, Reply
from broker.ocpp.versions import Version


class Validation(StrEnum):
    """What a violation does: refuses the message; is counted and passes; is not looked for."""

    STRICT = "strict"
    LENIENT = "lenient"
    OFF = "off"


class Violation(msgspec.Struct, frozen=True, gc=False):
    """The first thing in a payload that its schema forbids. Holds names and limits, never a value of the payload."""

    kind: ErrorKind
    path: str
    """Where, as `meterValue[0].timestamp`; `payload` for the payload itself."""
    message: str


#: By the meaning of the codes (OCPP-J 1.6 table 7, 2.x part 4 section 4.3); every other keyword limits a value.
_KINDS = {
    "type": ErrorKind.TYPE,
    "required": ErrorKind.OCCURRENCE,
    "minItems": ErrorKind.OCCURRENCE,
    "maxItems": ErrorKind.OCCURRENCE,
    "additionalProperties": ErrorKind.FORMAT,
    "additionalItems": ErrorKind.FORMAT,
}
_LONGEST_NAME = 50
_MOST_LISTED = 12
_Key = tuple[Version, str, bool]


class Schemas:
    """Every schema of the three versions, and those that plugins add."""

    __slots__ = ("_added", "_validators")

    def __init__(self) -> None:
        self._added: dict[Version, set[str]] = {version: set() for version in Version}
        self._validators: dict[_Key, jsonschema_rs.Validator] = {}

    def actions(self, version: Version) -> frozenset[str]:
        """Return every action of `version`, and those that were added."""
        return schema_files.actions(version) | self._added[version]

    def check_call(self, call: Call) -> Violation | None:
        """Return what is wrong with a call's payload; None too for an action that nobody knows."""
        validator = self._validator((call.version, call.action, False))
        return None if validator is None else _check(validator, call)

    def check_result(self, version: Version, action: str, reply: Reply) -> Violation | None:
        """Return what is wrong with a CALLRESULT's payload; None for an error, or an action that nobody knows."""
        if not reply.is_result:
            return None
        validator = self._validator((version, action, True))
        return None if validator is None else _check(validator, reply)

    def add(self, version: Version, action: str, call: dict[str, Any] | None, result: dict[str, Any] | None) -> None:
        """Add an action of a plugin's, or replace one's schemas. ValueError: a bad schema, and nothing added.

        None: the schema of the specification; not checked where it has none.
        """
        given = {False: call, True: result}
        self._validators |= {
            (version, action, is_result): _compile(schema) for is_result, schema in given.items() if schema is not None
        }
        self._added[version].add(action)

    def _validator(self, key: _Key) -> jsonschema_rs.Validator | None:
        try:
            return self._validators[key]
        except KeyError:
            pass
        version, action, is_result = key
        schema = schema_files.load(version, action, result=is_result)
        if schema is None:
            return None  # not kept: a peer may make up any number of actions
        validator = self._validators[key] = _compile(schema)
        return validator


def _compile(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(schema, validate_formats=False)


def _check(validator: jsonschema_rs.Validator, message: Call | Reply) -> Violation | None:
    payload = message.plain_payload
    try:
        if validator.is_valid(payload):
            return None
        error = next(validator.iter_errors(payload))
    except UnicodeEncodeError:  # JSON allows it as an escape, UTF-8 does not
        return Violation(ErrorKind.FORMAT, "payload", "holds a lone surrogate")
    except ValueError:  # the validator's own bound, far above the broker's default of 64 levels
        return Violation(ErrorKind.FORMAT, "payload", "nests too deep to be checked")
    keyword = error.kind.name
    return Violation(_KINDS.get(keyword, ErrorKind.PROPERTY), _path(error.instance_path), _message(keyword, error.kind))


def _path(parts: Sequence[str | int]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part[:_LONGEST_NAME]}" for part in parts)
    return path.removeprefix(".") or "payload"


def _message(keyword: str, kind: Any) -> str:
    """Say what the schema demands; jsonschema's own words quote the payload."""
    if keyword == "required":
        return f"{kind.property} is missing"
    if keyword == "additionalProperties":
        return f"{kind.unexpected[0][:_LONGEST_NAME]} is not allowed here"
    if keyword == "type":
        return f"is not of type {' or '.join(kind.types)}"
    if keyword == "enum":
        return f"is not one of: {_listed(kind.options)}"
    if keyword == "pattern" and schema_files.is_timestamp(kind.pattern):
        return "is not a timestamp"
    limit = getattr(kind, "limit", None)
    return f"breaks {keyword}" if limit is None else f"breaks {keyword} {limit}"


def _listed(options: Sequence[Any]) -> str:
    return ", ".join(map(str, options[:_MOST_LISTED])) + (", ..." if len(options) > _MOST_LISTED else "")
