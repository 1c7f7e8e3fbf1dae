"""What a station says, in the words of each version: the same events as a 1.6 and as a 2.x payload."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from broker.ocpp import Reply, Version
from broker.simulate.meter import Meter, now

Message = tuple[str, dict[str, Any]]
"""An action and its payload."""


@dataclass(slots=True)
class Transaction:
    """A charging session as the station knows it."""

    connector: int
    id_token: str
    meter_start: int
    transaction_id: str = ""
    """Chosen by the CSMS in 1.6 (a number, kept as text), by the station in 2.x."""
    seq_no: int = 0
    remote_start_id: int | None = None
    accepted: bool = False
    meter_stop: int | None = None
    replies: list[Reply] = field(default_factory=list)


class Dialect(Protocol):
    """One version's words. Every method gives an action and a payload that its schema accepts."""

    def boot(self, reason: str) -> Message: ...
    def heartbeat(self) -> Message: ...
    def status(self, connector: int, status: str) -> Message: ...
    def authorize(self, id_token: str) -> Message: ...
    def started(self, tx: Transaction, meter: Meter) -> Message: ...
    def metered(self, tx: Transaction, meter: Meter) -> Message: ...
    def stopped(self, tx: Transaction, meter: Meter, reason: str) -> Message: ...
    def report(self, request_id: int, variables: dict[str, str]) -> Message: ...
    def learn(self, tx: Transaction, reply: Reply) -> None:
        """Keep what the answer to `started` says: whether it was accepted, and 1.6's transactionId."""

    def authorized(self, reply: Reply) -> bool:
        """Whether an answer to Authorize lets the driver charge."""


class Dialect16:
    """OCPP 1.6."""

    def __init__(self, *, vendor: str, model: str, serial: str, firmware: str) -> None:
        self._boot = {
            "chargePointVendor": vendor[:20],
            "chargePointModel": model[:20],
            "chargePointSerialNumber": serial[:25],
            "firmwareVersion": firmware[:50],
        }

    def boot(self, reason: str) -> Message:
        return "BootNotification", dict(self._boot)

    def heartbeat(self) -> Message:
        return "Heartbeat", {}

    def status(self, connector: int, status: str) -> Message:
        return "StatusNotification", {
            "connectorId": connector,
            "errorCode": "NoError",
            "status": status,
            "timestamp": now(),
        }

    def authorize(self, id_token: str) -> Message:
        return "Authorize", {"idTag": id_token}

    def started(self, tx: Transaction, meter: Meter) -> Message:
        return "StartTransaction", {
            "connectorId": tx.connector,
            "idTag": tx.id_token,
            "meterStart": tx.meter_start,
            "timestamp": now(),
        }

    def metered(self, tx: Transaction, meter: Meter) -> Message:
        values = [
            {"value": str(meter.wh), "context": "Sample.Periodic", "measurand": _ENERGY, "unit": "Wh"},
            {"value": f"{meter.power:.1f}", "context": "Sample.Periodic", "measurand": _POWER, "unit": "W"},
        ]
        return "MeterValues", {
            "connectorId": tx.connector,
            "transactionId": int(tx.transaction_id or 0),
            "meterValue": [{"timestamp": now(), "sampledValue": values}],
        }

    def stopped(self, tx: Transaction, meter: Meter, reason: str) -> Message:
        return "StopTransaction", {
            "transactionId": int(tx.transaction_id or 0),
            "idTag": tx.id_token,
            "meterStop": meter.wh,
            "timestamp": now(),
            "reason": reason,
        }

    def report(self, request_id: int, variables: dict[str, str]) -> Message:
        # 1.6 has no report; a DataTransfer is how its stations send what has no message of its own.
        return "DataTransfer", {"vendorId": "Switchboard", "messageId": f"report-{request_id}"}

    def learn(self, tx: Transaction, reply: Reply) -> None:
        tx.transaction_id = str(reply.payload.get("transactionId", ""))
        tx.accepted = self.authorized(reply)

    def authorized(self, reply: Reply) -> bool:
        return _status(reply, "idTagInfo") == "Accepted"


class Dialect2x:
    """OCPP 2.0.1 and 2.1, which say these things in the same words."""

    def __init__(self, *, vendor: str, model: str, serial: str, firmware: str) -> None:
        self._station = {
            "vendorName": vendor[:50],
            "model": model[:20],
            "serialNumber": serial[:25],
            "firmwareVersion": firmware[:50],
        }

    def boot(self, reason: str) -> Message:
        return "BootNotification", {"reason": reason, "chargingStation": dict(self._station)}

    def heartbeat(self) -> Message:
        return "Heartbeat", {}

    def status(self, connector: int, status: str) -> Message:
        return "StatusNotification", {
            "timestamp": now(),
            "connectorStatus": status if status in _STATUS_2X else "Occupied",
            "evseId": connector,
            "connectorId": 1,
        }

    def authorize(self, id_token: str) -> Message:
        return "Authorize", {"idToken": _token(id_token)}

    def started(self, tx: Transaction, meter: Meter) -> Message:
        remote = tx.remote_start_id is not None
        payload = self._event(tx, meter, "Started", "RemoteStart" if remote else "Authorized", "Transaction.Begin")
        payload["idToken"] = _token(tx.id_token)
        if remote:
            payload["transactionInfo"]["remoteStartId"] = tx.remote_start_id
        return "TransactionEvent", payload

    def metered(self, tx: Transaction, meter: Meter) -> Message:
        return "TransactionEvent", self._event(tx, meter, "Updated", "MeterValuePeriodic", "Sample.Periodic")

    def stopped(self, tx: Transaction, meter: Meter, reason: str) -> Message:
        trigger = _TRIGGERS.get(reason, "StopAuthorized")
        payload = self._event(tx, meter, "Ended", trigger, "Transaction.End")
        payload["transactionInfo"] |= {"chargingState": "Idle", "stoppedReason": reason}
        return "TransactionEvent", payload

    def report(self, request_id: int, variables: dict[str, str]) -> Message:
        data = [
            {
                "component": {"name": "SimulatedStation"},
                "variable": {"name": name},
                "variableAttribute": [{"type": "Actual", "value": value}],
            }
            for name, value in variables.items()
        ]
        head = {"requestId": request_id, "generatedAt": now(), "seqNo": 0, "tbc": False}
        return "NotifyReport", head | {"reportData": data}

    def learn(self, tx: Transaction, reply: Reply) -> None:
        # 2.0.1 part 2, E02: no idTokenInfo in the answer means that nothing speaks against it.
        tx.accepted = reply.is_result and _status(reply, "idTokenInfo") in ("", "Accepted")

    def authorized(self, reply: Reply) -> bool:
        return _status(reply, "idTokenInfo") == "Accepted"

    def _event(self, tx: Transaction, meter: Meter, kind: str, trigger: str, context: str) -> dict[str, Any]:
        values = [
            {"value": meter.wh, "context": context, "measurand": _ENERGY, "unitOfMeasure": {"unit": "Wh"}},
            {"value": meter.power, "context": context, "measurand": _POWER, "unitOfMeasure": {"unit": "W"}},
        ]
        at, seq_no = now(), tx.seq_no
        tx.seq_no += 1
        return {
            "eventType": kind,
            "timestamp": at,
            "triggerReason": trigger,
            "seqNo": seq_no,
            "transactionInfo": {"transactionId": tx.transaction_id, "chargingState": "Charging"},
            "evse": {"id": tx.connector, "connectorId": 1},
            "meterValue": [{"timestamp": at, "sampledValue": values}],
        }


_ENERGY = "Energy.Active.Import.Register"
_POWER = "Power.Active.Import"
_TRIGGERS = {"Remote": "RemoteStop", "ImmediateReset": "ResetCommand", "DeAuthorized": "Deauthorized"}
_STATUS_2X = frozenset({"Available", "Occupied", "Reserved", "Unavailable", "Faulted"})


def dialect(version: Version, *, vendor: str, model: str, serial: str, firmware: str) -> Dialect:
    """The words of `version`. Texts are cut to what its schema allows."""
    made = Dialect16 if version is Version.V16 else Dialect2x
    return made(vendor=vendor, model=model, serial=serial, firmware=firmware)


def _token(id_token: str) -> dict[str, str]:
    return {"idToken": id_token, "type": "Central"}


def _status(reply: Reply, key: str) -> str:
    info = reply.payload.get(key)
    return str(info.get("status", "")) if isinstance(info, dict) else ""
