"""How a simulated station answers the calls of its CSMS.

What needs the station's state is a method of `Commands`; the rest is a table. Each answer satisfies its schema;
what a station of this kind cannot do is refused with the status that the action has for it.
"""

from collections.abc import Callable
from typing import Any, Protocol

from broker.ocpp import Call, ErrorKind, Reply, Version, error_code
from broker.simulate.dialect import Transaction


class Host(Protocol):
    """What a command may ask of its station."""

    version: Version
    variables: dict[str, str]
    connectors: int
    transactions: dict[int, Transaction]

    @property
    def busy(self) -> set[int]: ...
    def remote_start(self, connector: int, id_token: str, remote_start_id: int | None) -> None: ...
    def remote_stop(self, connector: int) -> None: ...
    def reset(self) -> None: ...
    def trigger(self, message: str, connector: int) -> bool: ...
    def report(self, request_id: int) -> None: ...


_ACCEPTED: dict[str, Any] = {"status": "Accepted"}
_REJECTED: dict[str, Any] = {"status": "Rejected"}

_FIXED_16: dict[str, dict[str, Any]] = {
    "CancelReservation": _REJECTED,
    "CertificateSigned": _REJECTED,
    "ChangeAvailability": _ACCEPTED,
    "ClearCache": _ACCEPTED,
    "ClearChargingProfile": {"status": "Unknown"},
    "DataTransfer": {"status": "UnknownVendorId"},
    "DeleteCertificate": {"status": "NotFound"},
    "GetCompositeSchedule": _REJECTED,
    "GetDiagnostics": {},
    "GetInstalledCertificateIds": {"status": "NotFound"},
    "GetLocalListVersion": {"listVersion": 0},
    "GetLog": _REJECTED,
    "InstallCertificate": _REJECTED,
    "ReserveNow": _REJECTED,
    "SendLocalList": _ACCEPTED,
    "SetChargingProfile": _ACCEPTED,
    "SignedUpdateFirmware": _REJECTED,
    "UpdateFirmware": {},
}
_FIXED_2X: dict[str, dict[str, Any]] = {
    "CancelReservation": _REJECTED,
    "CertificateSigned": _REJECTED,
    "ChangeAvailability": _ACCEPTED,
    "ClearCache": _ACCEPTED,
    "ClearChargingProfile": {"status": "Unknown"},
    "ClearDisplayMessage": {"status": "Unknown"},
    "CostUpdated": {},
    "CustomerInformation": _REJECTED,
    "DataTransfer": {"status": "UnknownVendorId"},
    "DeleteCertificate": {"status": "NotFound"},
    "GetChargingProfiles": {"status": "NoProfiles"},
    "GetCompositeSchedule": _REJECTED,
    "GetDisplayMessages": {"status": "Unknown"},
    "GetInstalledCertificateIds": {"status": "NotFound"},
    "GetLocalListVersion": {"versionNumber": 0},
    "GetLog": _REJECTED,
    "GetMonitoringReport": {"status": "NotSupported"},
    "GetReport": {"status": "NotSupported"},
    "InstallCertificate": _REJECTED,
    "ReserveNow": _REJECTED,
    "SendLocalList": _ACCEPTED,
    "SetChargingProfile": _ACCEPTED,
    "SetMonitoringBase": {"status": "NotSupported"},
    "SetMonitoringLevel": _REJECTED,
    "SetNetworkProfile": _REJECTED,
    "UpdateFirmware": _REJECTED,
}


class Commands:
    """The answers of one station."""

    def __init__(self, host: Host) -> None:
        self._host = host
        v16 = host.version is Version.V16
        self._fixed = _FIXED_16 if v16 else _FIXED_2X
        self._live: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "Reset": self._reset,
            "TriggerMessage": self._trigger,
            "UnlockConnector": self._unlock,
            **(self._live_16() if v16 else self._live_2x()),
        }

    def answer(self, call: Call) -> Reply:
        """The answer to `call`; NotImplemented for what this station has never heard of."""
        if (live := self._live.get(call.action)) is not None:
            return Reply.result(live(call.payload))
        if (fixed := self._fixed.get(call.action)) is not None:
            return Reply.result(fixed)
        return Reply.error(error_code(self._host.version, ErrorKind.NOT_IMPLEMENTED))

    def _live_16(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        return {
            "ChangeConfiguration": self._change_configuration,
            "ExtendedTriggerMessage": self._trigger,
            "GetConfiguration": self._get_configuration,
            "RemoteStartTransaction": self._remote_start_16,
            "RemoteStopTransaction": self._remote_stop,
        }

    def _live_2x(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        return {
            "GetBaseReport": self._get_base_report,
            "GetTransactionStatus": self._transaction_status,
            "GetVariables": self._get_variables,
            "RequestStartTransaction": self._request_start,
            "RequestStopTransaction": self._remote_stop,
            "SetVariables": self._set_variables,
        }

    def _reset(self, payload: dict[str, Any]) -> dict[str, Any]:
        self._host.reset()
        return _ACCEPTED

    def _trigger(self, payload: dict[str, Any]) -> dict[str, Any]:
        evse = payload.get("evse")
        connector = payload.get("connectorId", evse.get("id", 1) if isinstance(evse, dict) else 1)
        if not isinstance(connector, int) or not self._has(connector):
            return _REJECTED
        done = self._host.trigger(str(payload.get("requestedMessage", "")), connector)
        return _ACCEPTED if done else {"status": "NotImplemented"}

    def _unlock(self, payload: dict[str, Any]) -> dict[str, Any]:
        if self._host.version is Version.V16:
            return {"status": "Unlocked" if self._has(payload.get("connectorId")) else "NotSupported"}
        connector = payload.get("evseId")
        if not self._has(connector):
            return {"status": "UnknownConnector"}
        return {"status": "OngoingAuthorizedTransaction" if connector in self._host.transactions else "Unlocked"}

    def _has(self, connector: Any) -> bool:
        return isinstance(connector, int) and 0 <= connector <= self._host.connectors

    def _change_configuration(self, payload: dict[str, Any]) -> dict[str, Any]:
        key, value = str(payload.get("key", "")), str(payload.get("value", ""))
        if key not in self._host.variables:
            return {"status": "NotSupported"}
        if not _fits(self._host.variables[key], value):
            return _REJECTED
        self._host.variables[key] = value
        return _ACCEPTED

    def _get_configuration(self, payload: dict[str, Any]) -> dict[str, Any]:
        held = self._host.variables
        asked = payload.get("key") or list(held)
        known = [{"key": key, "readonly": False, "value": held[key]} for key in asked if key in held]
        unknown = [key for key in asked if key not in held]
        return {"configurationKey": known} | ({"unknownKey": unknown} if unknown else {})

    def _remote_start_16(self, payload: dict[str, Any]) -> dict[str, Any]:
        return self._remote_start(payload.get("connectorId"), str(payload.get("idTag", "")), None)

    def _request_start(self, payload: dict[str, Any]) -> dict[str, Any]:
        token = payload.get("idToken")
        name = str(token.get("idToken", "")) if isinstance(token, dict) else ""
        return self._remote_start(payload.get("evseId"), name, payload.get("remoteStartId"))

    def _remote_start(self, wanted: int | None, id_token: str, number: int | None) -> dict[str, Any]:
        free = [one for one in range(1, self._host.connectors + 1) if one not in self._host.busy]
        connector = wanted if wanted in free else None if wanted else next(iter(free), None)
        if connector is None:
            return _REJECTED
        self._host.remote_start(connector, id_token, number)
        return _ACCEPTED

    def _remote_stop(self, payload: dict[str, Any]) -> dict[str, Any]:
        wanted = str(payload.get("transactionId"))
        for connector, tx in self._host.transactions.items():
            if tx.transaction_id == wanted:
                self._host.remote_stop(connector)
                return _ACCEPTED
        return _REJECTED

    def _transaction_status(self, payload: dict[str, Any]) -> dict[str, Any]:
        wanted = payload.get("transactionId")
        if wanted is None:
            return {"messagesInQueue": False}
        ongoing = any(tx.transaction_id == wanted for tx in self._host.transactions.values())
        return {"ongoingIndicator": ongoing, "messagesInQueue": False}

    def _get_base_report(self, payload: dict[str, Any]) -> dict[str, Any]:
        self._host.report(int(payload.get("requestId", 0)))
        return _ACCEPTED

    def _get_variables(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {"getVariableResult": [self._read(one) for one in payload.get("getVariableData", [])]}

    def _read(self, data: dict[str, Any]) -> dict[str, Any]:
        result = {"component": data["component"], "variable": data["variable"]}
        value = self._host.variables.get(data["variable"].get("name", ""))
        if value is None:
            return {"attributeStatus": "UnknownVariable", **result}
        return {"attributeStatus": "Accepted", "attributeValue": value, **result}

    def _set_variables(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {"setVariableResult": [self._write(one) for one in payload.get("setVariableData", [])]}

    def _write(self, data: dict[str, Any]) -> dict[str, Any]:
        name, value = data["variable"].get("name", ""), str(data.get("attributeValue", ""))
        held = self._host.variables.get(name)
        status = "UnknownVariable" if held is None else "Accepted" if _fits(held, value) else "Rejected"
        if status == "Accepted":
            self._host.variables[name] = value
        return {"attributeStatus": status, "component": data["component"], "variable": data["variable"]}


def _fits(held: str, value: str) -> bool:
    """A number stays a number that is not negative (certification case 040_2)."""
    return not held.isdigit() or value.isdigit()
