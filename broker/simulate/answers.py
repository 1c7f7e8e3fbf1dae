"""How a simulated CSMS answers its stations: always yes, always as the schema wants it, for all three versions."""

import itertools
from collections.abc import Callable
from typing import Any

from broker.ocpp import Call, ErrorKind, Reply, Version, error_code
from broker.simulate.meter import now

_EMPTY: dict[str, Any] = {}
_ACCEPTED: dict[str, Any] = {"status": "Accepted"}

_FIXED_16: dict[str, dict[str, Any]] = {
    "DiagnosticsStatusNotification": _EMPTY,
    "FirmwareStatusNotification": _EMPTY,
    "LogStatusNotification": _EMPTY,
    "MeterValues": _EMPTY,
    "SecurityEventNotification": _EMPTY,
    "SignCertificate": {"status": "Rejected"},
    "SignedFirmwareStatusNotification": _EMPTY,
    "StatusNotification": _EMPTY,
    "DataTransfer": _ACCEPTED,
}
_FIXED_2X: dict[str, dict[str, Any]] = {
    "BatterySwap": _EMPTY,
    "ClearedChargingLimit": _EMPTY,
    "DataTransfer": _ACCEPTED,
    "FirmwareStatusNotification": _EMPTY,
    "LogStatusNotification": _EMPTY,
    "MeterValues": _EMPTY,
    "NotifyChargingLimit": _EMPTY,
    "NotifyCustomerInformation": _EMPTY,
    "NotifyDERAlarm": _EMPTY,
    "NotifyDERStartStop": _EMPTY,
    "NotifyDisplayMessages": _EMPTY,
    "NotifyEVChargingNeeds": _ACCEPTED,
    "NotifyEVChargingSchedule": _ACCEPTED,
    "NotifyEvent": _EMPTY,
    "NotifyMonitoringReport": _EMPTY,
    "NotifyPriorityCharging": _EMPTY,
    "NotifyReport": _EMPTY,
    "NotifySettlement": _EMPTY,
    "PublishFirmwareStatusNotification": _EMPTY,
    "ReportChargingProfiles": _EMPTY,
    "ReportDERControl": _EMPTY,
    "ReservationStatusUpdate": _EMPTY,
    "SecurityEventNotification": _EMPTY,
    "SignCertificate": {"status": "Rejected"},
    "StatusNotification": _EMPTY,
}


class Answers:
    """What the CSMS knows: which tokens it refuses, and the last transactionId it gave."""

    def __init__(self, *, interval: int = 300) -> None:
        self.interval = interval
        """Seconds of BootNotification's answer."""
        self.refused: dict[str, str] = {}
        """id token -> status, for the tokens that are not simply Accepted."""
        self._numbers = itertools.count(1)
        self._live_16: dict[str, Callable[[Call], dict[str, Any]]] = {
            "Authorize": self._authorize_16,
            "BootNotification": self._boot,
            "Heartbeat": self._heartbeat,
            "StartTransaction": self._start_transaction,
            "StopTransaction": self._stop_transaction,
        }
        self._live_2x: dict[str, Callable[[Call], dict[str, Any]]] = {
            "Authorize": self._authorize_2x,
            "BootNotification": self._boot,
            "Heartbeat": self._heartbeat,
            "TransactionEvent": self._transaction_event,
        }

    def answer(self, call: Call) -> Reply:
        """The answer to `call`; NotImplemented for an action that no station of its version has."""
        v16 = call.version is Version.V16
        if (live := (self._live_16 if v16 else self._live_2x).get(call.action)) is not None:
            return Reply.result(live(call))
        if (fixed := (_FIXED_16 if v16 else _FIXED_2X).get(call.action)) is not None:
            return Reply.result(fixed)
        return Reply.error(error_code(call.version, ErrorKind.NOT_IMPLEMENTED))

    def _boot(self, call: Call) -> dict[str, Any]:
        return {"currentTime": now(), "interval": self.interval, "status": "Accepted"}

    def _heartbeat(self, call: Call) -> dict[str, Any]:
        return {"currentTime": now()}

    def _authorize_16(self, call: Call) -> dict[str, Any]:
        return {"idTagInfo": self._info(call.payload.get("idTag"))}

    def _start_transaction(self, call: Call) -> dict[str, Any]:
        # A transactionId comes with a refused tag too (certification case 037_3).
        return {"transactionId": next(self._numbers), "idTagInfo": self._info(call.payload.get("idTag"))}

    def _stop_transaction(self, call: Call) -> dict[str, Any]:
        tag = call.payload.get("idTag")
        return {} if tag is None else {"idTagInfo": self._info(tag)}

    def _authorize_2x(self, call: Call) -> dict[str, Any]:
        return {"idTokenInfo": self._info(_id_token(call))}

    def _transaction_event(self, call: Call) -> dict[str, Any]:
        token = _id_token(call)
        return {} if token is None else {"idTokenInfo": self._info(token)}

    def _info(self, token: Any) -> dict[str, str]:
        return {"status": self.refused.get(str(token), "Accepted")}


def _id_token(call: Call) -> Any:
    token = call.payload.get("idToken")
    return token.get("idToken") if isinstance(token, dict) else None
