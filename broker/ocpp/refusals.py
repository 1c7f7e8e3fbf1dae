"""The answer that says no to a call, in the words of its action.

From the response schemas of 1.6 (with the security white paper), 2.0.1 and 2.1: a caller understands `UnlockFailed`
where it may take a CALLERROR for a broken peer. Where a response can only acknowledge (`{}`) or tell facts, there is
no such word, and the answer is a CALLERROR.
"""

from collections.abc import Callable, Mapping
from typing import Any

from broker.ocpp.actions import FROM_STATION, TO_STATION
from broker.ocpp.errors import ErrorKind, error_code
from broker.ocpp.messages import Call, Reply
from broker.ocpp.versions import Version

_Payload = dict[str, Any]
_Builder = Callable[[_Payload, str], _Payload | None]
_DESCRIPTION = "refused by the broker"

_REJECTED = (
    "AFRRSignal AdjustPeriodicEventStream CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration"
    " ChangeTransactionTariff ClearCache ClearDERControl CustomerInformation DataTransfer ExtendedTriggerMessage"
    " GetBaseReport GetCompositeSchedule GetDERControl GetLog GetMonitoringReport GetReport GetTariffs"
    " InstallCertificate NotifyAllowedEnergyTransfer NotifyEVChargingNeeds NotifyEVChargingSchedule"
    " OpenPeriodicEventStream PublishFirmware PullDynamicScheduleUpdate RemoteStartTransaction RemoteStopTransaction"
    " RequestBatterySwap RequestStartTransaction RequestStopTransaction ReserveNow Reset SetChargingProfile"
    " SetDERControl SetDefaultTariff SetDisplayMessage SetMonitoringBase SetMonitoringLevel SetNetworkProfile"
    " SignCertificate SignedUpdateFirmware TriggerMessage UpdateDynamicSchedule UpdateFirmware UsePriorityCharging"
)
#: The whole response, by action. A version that has the action has the word, except for `_OTHERWISE`.
_FIXED: Mapping[str, _Payload] = {
    **{action: {"status": "Rejected"} for action in _REJECTED.split()},
    "Authorize": {"idTokenInfo": {"status": "Invalid"}},
    "ClearChargingProfile": {"status": "Unknown"},
    "ClearDisplayMessage": {"status": "Unknown"},
    "DeleteCertificate": {"status": "Failed"},
    "Get15118EVCertificate": {"status": "Failed", "exiResponse": ""},
    "GetCertificateStatus": {"status": "Failed"},
    "GetChargingProfiles": {"status": "NoProfiles"},
    "GetDisplayMessages": {"status": "Unknown"},
    "GetInstalledCertificateIds": {"status": "NotFound"},
    "SendLocalList": {"status": "Failed"},
    "UnlockConnector": {"status": "UnlockFailed"},
    "UnpublishFirmware": {"status": "NoFirmware"},
}
#: What a version words in another way; None: it has no word.
_OTHERWISE: Mapping[Version, Mapping[str, _Payload | None]] = {
    Version.V16: {
        "Authorize": {"idTagInfo": {"status": "Invalid"}},
        "GetLocalListVersion": {"listVersion": -1},  # 1.6 5.10: there is no such list
        "StartTransaction": {"idTagInfo": {"status": "Invalid"}, "transactionId": 0},
        "UpdateFirmware": None,
    },
    Version.V201: {},
    Version.V21: {"ClearDisplayMessage": {"status": "Rejected"}},
}


def refusal(call: Call, *, now: str = "") -> Reply:
    """The CALLRESULT that says no to `call`, valid by its schema; a CALLERROR where its action cannot say no.

    `now` is a timestamp for the responses that must carry the time, BootNotification and GetCertificateChainStatus;
    without it these get the CALLERROR, since nobody here has a clock. Total: a payload out of shape gets a
    CALLERROR as well.
    """
    fixed = _REPLIES[call.version].get(call.action)
    if fixed is not None:
        return fixed
    builder = _BUILDERS[call.version].get(call.action)
    payload = None if builder is None else _built(builder, call, now)
    return _ERRORS[call.version] if payload is None else Reply.result(payload)


def _built(builder: _Builder, call: Call, now: str) -> _Payload | None:
    try:
        return builder(call.payload, now)
    except (AttributeError, KeyError, TypeError, ValueError):  # not as the schema has it, or no JSON at all
        return None


# --- those that answer each item, or repeat something of the call -----------------------------------------------------


def _boot(payload: _Payload, now: str) -> _Payload | None:
    # interval 0: the station chooses its own time for the next attempt (1.6 4.2)
    return {"status": "Rejected", "currentTime": now, "interval": 0} if now else None


def _chain_status(payload: _Payload, now: str) -> _Payload | None:
    if not now:
        return None
    echoed = {"certificateHashData": dict, "source": str}
    return {
        "certificateStatus": [
            {**_echo(item, echoed), "status": "Failed", "nextUpdate": now}
            for item in _items(payload["certificateStatusRequests"])
        ]
    }


def _clear_monitoring(payload: _Payload, now: str) -> _Payload:
    numbers = _items(payload["id"])
    return {"clearMonitoringResult": [{"id": _of(number, int), "status": "Rejected"} for number in numbers]}


def _clear_tariffs(payload: _Payload, now: str) -> _Payload:
    if "tariffIds" not in payload:  # all of them
        return {"clearTariffsResult": [{"status": "Rejected"}]}
    tariffs = _items(payload["tariffIds"])
    return {"clearTariffsResult": [{"tariffId": _of(tariff, str), "status": "Rejected"} for tariff in tariffs]}


def _configuration(payload: _Payload, now: str) -> _Payload:
    # A list of no keys asks for all, and of all there is none that could be called unknown: see `_items`.
    return {"unknownKey": [_of(key, str) for key in _items(payload["key"])]}


def _vat_number(payload: _Payload, now: str) -> _Payload:
    return {**_echo(payload, {"vatNumber": str}, {"evseId": int}), "status": "Rejected"}


_VARIABLE = {"component": dict, "variable": dict}


def _get_variables(payload: _Payload, now: str) -> _Payload:
    return {"getVariableResult": _variables(payload["getVariableData"])}


def _set_variables(payload: _Payload, now: str) -> _Payload:
    return {"setVariableResult": _variables(payload["setVariableData"])}


def _variables(items: Any) -> list[_Payload]:
    optional = {"attributeType": str}
    return [{**_echo(item, _VARIABLE, optional), "attributeStatus": "Rejected"} for item in _items(items)]


def _set_monitoring(payload: _Payload, now: str) -> _Payload:
    required, optional = {**_VARIABLE, "type": str, "severity": int}, {"id": int}
    items = _items(payload["setMonitoringData"])
    return {"setMonitoringResult": [{**_echo(item, required, optional), "status": "Rejected"} for item in items]}


def _items(value: Any) -> list[Any]:
    """A list with something in it, as the schemas demand of a response's; ValueError for anything else."""
    if isinstance(value, list) and value:
        return value
    raise ValueError("not a list of items")


def _of(value: Any, kind: type) -> Any:
    if isinstance(value, kind) and not isinstance(value, bool):
        return value
    raise TypeError(f"not {kind.__name__}")


def _echo(item: _Payload, required: Mapping[str, type], optional: Mapping[str, type] | None = None) -> _Payload:
    """The members of `item` that its answer repeats."""
    members = {name: _of(item[name], kind) for name, kind in required.items()}
    return members | {name: _of(item[name], kind) for name, kind in (optional or {}).items() if name in item}


# --- the tables ------------------------------------------------------------------------------------------------------

_V2: Mapping[str, _Builder] = {
    "BootNotification": _boot,
    "ClearVariableMonitoring": _clear_monitoring,
    "GetVariables": _get_variables,
    "SetVariableMonitoring": _set_monitoring,
    "SetVariables": _set_variables,
}
_BUILDERS: Mapping[Version, Mapping[str, _Builder]] = {
    Version.V16: {"BootNotification": _boot, "GetConfiguration": _configuration},
    Version.V201: _V2,
    Version.V21: {
        **_V2,
        "ClearTariffs": _clear_tariffs,
        "GetCertificateChainStatus": _chain_status,
        "VatNumberValidation": _vat_number,
    },
}


def _replies(version: Version) -> dict[str, Reply]:
    worded = {**_FIXED, **_OTHERWISE[version]}
    known = FROM_STATION[version] | TO_STATION[version]
    return {action: Reply.result(no) for action, no in worded.items() if no is not None and action in known}


#: Made once: nobody changes a reply in place, it goes out `under` the caller's id.
_REPLIES = {version: _replies(version) for version in Version}
_ERRORS = {version: Reply.error(error_code(version, ErrorKind.NOT_SUPPORTED), _DESCRIPTION) for version in Version}
