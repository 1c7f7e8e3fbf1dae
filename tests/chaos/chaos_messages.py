"""Numbered transaction messages: each carries the number that its station gave it, in a place that no broker may touch.

The numbers of a station grow by one, so that a lost, repeated, reordered or wrongly addressed message shows by its
content alone, whatever transactionId it has.
"""

ACTIONS = ("StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent", "SecurityEventNotification")
#: 2.x: set on a message that has waited (E04, E08), so it differs between submissions of the same one.
_MAY_DIFFER = {"TransactionEvent": "offline", "MeterValues": "transactionId", "StopTransaction": "transactionId"}


def start(number, connector, token, at):
    return {"connectorId": connector, "idTag": token, "meterStart": number, "timestamp": at}


def meter(number, connector, transaction, at):
    return {"connectorId": connector, "transactionId": transaction, "meterValue": _values(number, at)}


def stop(number, transaction, token, at):
    return {"transactionId": transaction, "idTag": token, "meterStop": number, "timestamp": at, "reason": "Local"}


def event(number, kind, transaction, sequence, evse, token, at):
    made = {
        "eventType": kind,
        "timestamp": at,
        "triggerReason": _TRIGGERS[kind],
        "seqNo": sequence,
        "transactionInfo": {"transactionId": transaction},
        "evse": {"id": evse, "connectorId": 1},
        "meterValue": _values(number, at, text=False),
    }
    return made if kind == "Updated" else made | {"idToken": {"idToken": token, "type": "ISO14443"}}


def security(number, at):
    return {"type": "SettingSystemTime", "timestamp": at, "techInfo": str(number)}


def number_of(action, payload):
    """The number of a transaction message as it arrived somewhere; None for every other message, or a broken one."""
    reader = _NUMBERS.get(action)
    try:
        return None if reader is None else int(reader(payload))
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def comparable(action, payload):
    """The payload without the one member that may differ between what was sent and what arrives."""
    return {name: value for name, value in payload.items() if name != _MAY_DIFFER.get(action)}


_TRIGGERS = {"Started": "Authorized", "Updated": "MeterValuePeriodic", "Ended": "StopAuthorized"}
_NUMBERS = {
    "StartTransaction": lambda payload: payload["meterStart"],
    "MeterValues": lambda payload: _first_value(payload) if "transactionId" in payload else None,
    "StopTransaction": lambda payload: payload["meterStop"],
    "TransactionEvent": lambda payload: _first_value(payload),
    "SecurityEventNotification": lambda payload: payload["techInfo"],
}


def _values(number, at, *, text=True):
    return [{"timestamp": at, "sampledValue": [{"value": str(number) if text else number}]}]


def _first_value(payload):
    return payload["meterValue"][0]["sampledValue"][0]["value"]
