"""Pseudonyms for a secondary that must not learn who charges, or which device it is.

A keyed digest (HMAC-SHA256, RFC 2104) of the lower-case text: idTags are case-insensitive (1.6 CiString20Type, 2.x
identifierString), so one card stays one pseudonym. Twenty characters fit wherever the original does. What holds the
same thing in a form that cannot be replaced is left out: contract certificates and their hash data, and signed meter
values, which name the user and the meter (OCMF `ID`, `MS`) under a signature.

Free text is not searched: `info`, `techInfo`, and DataTransfer beyond JSON go as they are.
"""

import hmac
import re
from collections.abc import Collection
from typing import Any

from broker.ocpp import Call, JsonFloat, Reply
from broker.ocpp.jsontext import decode, encode
from broker.session.shadow.signed_values import drop_signed

ID_TAG = "idTag"
SERIAL = "serial"

_LENGTH = 20
#: A payload without any of these has nothing to replace; `\\u` could spell them. `data`: CustomerInformation's text.
_SUSPECT = {
    ID_TAG: re.compile(
        rb"id_?tag|token|emaid|masterpassgroupid|vehicleid|signed|ocmf|certificate|\"data\"|\\u", re.IGNORECASE
    ),
    SERIAL: re.compile(rb"serialnumber|iccid|imsi|signed|ocmf|\\u", re.IGNORECASE),
}
#: Nothing that could be replaced would be left of these.
_WITHHELD = {
    ID_TAG: frozenset({"Get15118EVCertificate", "GetCertificateStatus", "GetCertificateChainStatus"}),
    SERIAL: frozenset({"SignCertificate"}),  # the subject of the CSR is the serial number (A02.FR.02)
}
#: Member names in lower case; arrays of texts (2.1 GetTariffs) as well.
_TAG_MEMBERS = frozenset(
    {"idtag", "parentidtag", "idtoken", "additionalidtoken", "groupidtoken", "idtokens", "prioritizedemaids"}
)
#: Variables (2.x) and configuration keys (1.6) that hold one, in lower case.
_TAG_VARIABLES = re.compile(r"idtag$|idtoken$|^masterpassgroupid$|^token$|^vehicleid$")
_SERIAL_NAMES = re.compile(r"serialnumber$|^iccid$|^imsi$")
#: CertificateHashDataType has a `serialNumber` too: a certificate's, by which it is deleted.
_HASH_DATA = "issuerKeyHash"
_VALUES = ("value", "attributeValue", "actualValue")


class Pseudonyms:
    """What one secondary sees in place of ids."""

    __slots__ = ("_key", "_kinds", "_suspect", "_withheld")

    def __init__(self, kinds: Collection[str], key: bytes) -> None:
        """`kinds`: `idTag`, `serial`, both or none."""
        if kinds and not key:
            raise ValueError("pseudonyms need a key: without one, whoever knows the ids can tell them")
        self._kinds = frozenset(kinds)
        self._key = key
        self._suspect = [_SUSPECT[kind] for kind in (ID_TAG, SERIAL) if kind in self._kinds]
        self._withheld = frozenset(action for kind in self._kinds for action in _WITHHELD[kind])

    def of(self, kind: str, text: str) -> str:
        """The pseudonym of a text."""
        message = f"{kind}\0{text.lower()}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256").hex()[:_LENGTH]

    def call(self, call: Call) -> Call | None:
        """Return the call as the secondary may see it: the same object when nothing applies, None for not at all."""
        if call.action in self._withheld:
            return None
        if not self._suspected(call.raw):
            return call
        payload = decode(call.raw)
        meaning = call.action
        if meaning == "DataTransfer":  # 15118 with 1.6 comes inside of it, under the 2.x names
            meaning = str(payload.get("messageId"))
            if meaning in self._withheld:
                return None
        if not self._clean(payload, meaning):
            return call
        # MeterValues of nothing but signed values has nothing left to say.
        return None if call.action == "MeterValues" and "meterValue" not in payload else call.replaced(payload)

    def reply(self, action: str, reply: Reply) -> Reply:
        """Return the station's answer to a call of the secondary, likewise."""
        if not reply.is_result or not self._suspected(reply.raw):
            return reply
        payload = decode(reply.raw)
        return reply.replaced(payload) if self._clean(payload, action) else reply

    def _suspected(self, raw: bytes) -> bool:
        return any(suspect.search(raw) for suspect in self._suspect)

    def _clean(self, root: Any, action: str) -> bool:
        """Replace in place, without recursion; True when something was changed."""
        changed = False
        open_items = [root]
        while open_items:
            item = open_items.pop()
            if isinstance(item, dict):
                changed |= self._leave_out(item, action)
                changed |= self._members(item)
                changed |= self._variable(item)
                changed |= self._text(item, action)
            children = item.values() if isinstance(item, dict) else item
            open_items += [child for child in children if isinstance(child, dict | list)]
        return changed

    def _members(self, item: dict[str, Any]) -> bool:
        changed = False
        for name, value in item.items():
            kind = self._kind(name.lower(), item)
            if kind and (shown := self._shown(kind, value)) is not value:
                item[name] = shown
                changed = True
        return changed

    def _kind(self, name: str, item: dict[str, Any]) -> str:
        if ID_TAG in self._kinds and name in _TAG_MEMBERS:
            return ID_TAG
        if SERIAL in self._kinds and _SERIAL_NAMES.search(name) and _HASH_DATA not in item:
            return SERIAL
        return ""

    def _shown(self, kind: str, value: Any) -> Any:
        """The pseudonym of a value: the same object for what has none, as an object, which is walked by itself."""
        if isinstance(value, list):
            shown = [self._shown(kind, each) for each in value]
            return shown if any(a is not b for a, b in zip(shown, value, strict=True)) else value
        if isinstance(value, bool) or value == "" or not isinstance(value, str | int | float):
            return value
        return self.of(kind, value.text if isinstance(value, JsonFloat) else str(value))

    def _variable(self, item: dict[str, Any]) -> bool:
        """A configuration key of 1.6 or a variable of 2.x whose value is an id."""
        variable = item.get("variable")
        name = variable.get("name") if isinstance(variable, dict) else item.get("key")
        kind = self._variable_kind(name.lower()) if isinstance(name, str) else ""
        if not kind:
            return False
        attributes = item.get("variableAttribute")
        holders = [item, *(attributes if isinstance(attributes, list) else ())]
        changed = [self._value(kind, holder) for holder in holders if isinstance(holder, dict)]
        return any(changed)

    def _value(self, kind: str, holder: dict[str, Any]) -> bool:
        shown = {name: self._shown(kind, holder[name]) for name in _VALUES if name in holder}
        changed = any(holder[name] is not value for name, value in shown.items())
        holder.update(shown)
        return changed

    def _variable_kind(self, name: str) -> str:
        if ID_TAG in self._kinds and _TAG_VARIABLES.search(name):
            return ID_TAG
        return SERIAL if SERIAL in self._kinds and _SERIAL_NAMES.search(name) else ""

    def _leave_out(self, item: dict[str, Any], action: str) -> bool:
        """Take out what cannot be replaced."""
        found: list[str] = []
        if ID_TAG in self._kinds:
            gone = ["iso15118CertificateHashData", *(["certificate"] if action == "Authorize" else [])]
            found = [name for name in gone if name in item]
        for name in found:
            del item[name]
        return drop_signed(item) or bool(found)

    def _text(self, item: dict[str, Any], action: str) -> bool:
        """`data`: JSON in a text (DataTransfer), or all that is known of a customer."""
        data = item.get("data")
        if not isinstance(data, str) or not data:
            return False
        if action == "NotifyCustomerInformation" and ID_TAG in self._kinds:
            item["data"] = ""
            return True
        if data[0] not in "{[":
            return False
        try:
            value = decode(data.encode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError):
            return False
        if not self._clean(value, action):
            return False
        item["data"] = encode(value).decode()
        return True
