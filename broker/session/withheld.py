"""What a secondary never sees of a station's answers and reports: its password (design.md 5, point 5).

OCPP makes it write-only (1.6 security white paper A00; 2.x BasicAuthPassword); not every station does.
"""

from typing import Any

from broker.ocpp import Call, Reply
from broker.session.grants.adoption import PASSWORDS, normalised

_HINTS = (b"authorization", b"password")
_VALUES = ("value", "attributeValue")


def reply_without_password(reply: Reply) -> Reply:
    """The same object where there is none in it."""
    if not reply.is_result or not _may_hold(reply.raw):
        return reply
    changed = _cleaned(reply.payload)
    return reply if changed is reply.payload else reply.replaced(changed)


def call_without_password(call: Call) -> Call:
    """The same object where there is none in it."""
    if not _may_hold(call.raw):
        return call
    changed = _cleaned(call.payload)
    return call if changed is call.payload else call.replaced(changed)


def _may_hold(raw: bytes) -> bool:
    text = raw.lower()
    return b"\\" in text or any(hint in text for hint in _HINTS)


def _cleaned(node: Any) -> Any:
    """GetConfiguration's `configurationKey`, GetVariables' `getVariableResult`, NotifyReport's `reportData`."""
    if isinstance(node, list):
        items = [_cleaned(item) for item in node]
        return node if all(new is old for new, old in zip(items, node, strict=True)) else items
    if not isinstance(node, dict):
        return node
    if _is_password(node):
        attributes = node.get("variableAttribute")
        bare = {name: value for name, value in node.items() if name not in _VALUES}
        return {**bare, "variableAttribute": _bare(attributes)} if isinstance(attributes, list) else bare
    members = {name: _cleaned(value) for name, value in node.items()}
    return node if all(members[name] is value for name, value in node.items()) else members


def _is_password(node: dict[str, Any]) -> bool:
    variable = node.get("variable")
    name = variable.get("name") if isinstance(variable, dict) else node.get("key")
    return isinstance(name, str) and normalised(name) in PASSWORDS


def _bare(attributes: list[Any]) -> list[Any]:
    return [{k: v for k, v in one.items() if k != "value"} if isinstance(one, dict) else one for one in attributes]
