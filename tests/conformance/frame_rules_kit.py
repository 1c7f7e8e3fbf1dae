"""Judges every frame between a station and a CSMS, by rules that are not the broker's (OCPP-J of each version).

The schemas are those of the `ocpp` package and are looked at with `jsonschema`; the broker uses neither.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from case_kit import V16, V21, V201
from jsonschema import FormatChecker
from jsonschema.validators import validator_for

LONGEST_ID = 36
LONGEST_DESCRIPTION = 255
STATION, CSMS = "station", "CSMS"

#: Folder of the schemas, and what stands behind the name of an action there.
SCHEMAS = {V16: ("ocpp.v16", ""), V201: ("ocpp.v201", "Request"), V21: ("ocpp.v21", "Request")}
#: The one message of 2.1 that nobody answers.
SENT = "NotifyPeriodicEventStream"

_OF_ALL = {
    "NotImplemented", "NotSupported", "InternalError", "ProtocolError", "SecurityError", "PropertyConstraintViolation",
    "TypeConstraintViolation", "GenericError",
}  # fmt: skip
_OF_2 = _OF_ALL | {"FormatViolation", "OccurrenceConstraintViolation", "MessageTypeNotSupported", "RpcFrameworkError"}
#: The words of CALLERROR, as each version spells them.
CODES = {V16: _OF_ALL | {"FormationViolation", "OccurenceConstraintViolation"}, V201: _OF_2, V21: _OF_2}

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')

FORMATS = FormatChecker(formats=())  # only these two: what 1.6 has, and jsonschema checks neither by itself


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(value: Any) -> bool:
    """With an offset, and three decimals at most (1.6 errata 3.14; 2.x Part 2, 3.6): stations read no more."""
    return not isinstance(value, str) or bool(_DATE_TIME.fullmatch(value) and datetime.fromisoformat(value))


@FORMATS.checks("uri", raises=ValueError)
def is_uri(value: Any) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and value.isascii() and " " not in value)


@cache
def validator(version, name):
    """The validator of a file of schemas; FileNotFoundError for what is no message of the version."""
    path = files(SCHEMAS[version][0]).joinpath("schemas", f"{name}.json")
    schema = json.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    return validator_for(schema)(schema, format_checker=FORMATS)


_REQUIRED_EMPTY = ("GetChargingProfiles", "payload.chargingProfile")
"""Its schema wants that member, and each member of it may be left out (2.0.1 K09)."""


def hollow(value, where="payload"):
    """Paths of the members that are null, {} or []: what is empty is left out."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        path = f"{where}.{key}"
        if member is None or member == {} or member == []:
            yield path
        yield from hollow(member, path)


@dataclass
class Exchanged:
    """One CALL and its answer, decoded; `result` or `error`, the code, is None until it has come."""

    sender: str
    id: str
    action: str
    payload: dict[str, Any]
    result: dict[str, Any] | None = None
    error: str | None = None


class FrameRules:
    """All that a station and the CSMS say to one another, over all connections of the station, in order.

    What is wrong goes to `faults`; nothing is raised, so that the talk goes on and the case tells all of it. CALLERROR
    is wrong where the id of its call is not in `may_fail`.
    """

    def __init__(self, version=V16):
        self.version = version
        self.faults = []
        self.said = []
        self.may_fail = set()
        self._by_id = {}
        self._open = {STATION: None, CSMS: None}

    @property
    def open(self):
        """The calls that are not answered."""
        return [one for one in self._open.values() if one is not None]

    def connected(self):
        """Another connection: what was open on the one before is open no more."""
        self._open = {STATION: None, CSMS: None}

    def find(self, sender, message_id):
        return self._by_id.get((sender, message_id))

    def saw(self, sender, text):
        """Judge one frame."""
        try:
            frame = json.loads(text, parse_float=Decimal)
        except ValueError:
            self._fault(sender, f"not JSON: {text!r}")
            return
        if not (isinstance(frame, list) and len(frame) > 1 and isinstance(frame[1], str)):
            self._fault(sender, f"no frame of OCPP-J: {text}")
            return
        if re.search(r"\s", _STRING.sub("", text)):
            self._fault(sender, f"blanks between the tokens: {text}")
        if not 0 < len(frame[1]) <= LONGEST_ID:
            self._fault(sender, f"a message id of {len(frame[1])} characters")
        match frame:
            case [2, message_id, str(action), dict(payload)]:
                self._call(sender, Exchanged(sender, message_id, action, payload))
            case [3, message_id, dict(payload)]:
                self._result(sender, message_id, payload)
            case [4, message_id, str(code), str(description), dict()]:
                self._error(sender, message_id, code, description)
            case [6, message_id, str(action), dict(payload)] if self.version == V21:
                self._send(sender, Exchanged(sender, message_id, action, payload))
            case _:
                self._fault(sender, f"no frame of OCPP-J: {text}")

    def _call(self, sender, call):
        self._known_by_its_id(sender, call)
        if self._open[sender] is not None:
            self._fault(sender, f"{call.action} while {self._open[sender].action} is open")
        self._open[sender] = call
        self._payload(sender, call.action, call.action + SCHEMAS[self.version][1], call.payload)

    def _known_by_its_id(self, sender, call):
        if (sender, call.id) in self._by_id:
            self._fault(sender, f"the message id {call.id} a second time")
        self._by_id[sender, call.id] = call
        self.said.append(call)

    def _send(self, sender, call):
        """SEND: it waits for no answer, and so for no other call."""
        self._known_by_its_id(sender, call)
        if call.action != SENT:
            self._fault(sender, f"{call.action} as SEND")
        self._payload(sender, call.action, call.action, call.payload)

    def _result(self, sender, message_id, payload):
        call = self._answered(sender, message_id)
        if call is not None:
            call.result = payload
            self._payload(sender, f"{call.action}.conf", f"{call.action}Response", payload)

    def _error(self, sender, message_id, code, description):
        call = self._answered(sender, message_id)
        if call is None:
            return
        call.error = code
        if code not in CODES[self.version] or len(description) > LONGEST_DESCRIPTION:
            self._fault(sender, f"{code} {description!r} is no CALLERROR of {self.version}")
        if message_id not in self.may_fail:
            self._fault(sender, f"CALLERROR {code} {description} to {call.action}")

    def _answered(self, sender, message_id):
        caller = CSMS if sender == STATION else STATION
        call = self._open[caller]
        if call is None or call.id != message_id:
            self._fault(sender, f"an answer to nothing, {message_id}")
            return None
        self._open[caller] = None
        return call

    def _payload(self, sender, told, schema, payload):
        try:
            errors = list(validator(self.version, schema).iter_errors(payload))
        except FileNotFoundError:
            self._fault(sender, f"{told} is no message of {self.version.removeprefix('ocpp')}")
            return
        for error in errors:
            self._fault(sender, f"{told} against its schema at {error.json_path}: {error.message}")
        for path in hollow(payload):
            if (told, path) != _REQUIRED_EMPTY:
                self._fault(sender, f"{told} has an empty {path}")

    def _fault(self, sender, text):
        self.faults.append(f"{sender}: {text}")
