"""What a station of 2.x answers of its variables, and how a case writes them."""

from case_kit import V201


def variable_of(component, name, *, instance=None, evse=None, connector=None):
    """The members `component` and `variable` of one place in the device model."""
    place = {"id": evse, **({"connectorId": connector} if connector else {})}
    return {
        "component": {"name": component, **({"evse": place} if evse else {})},
        "variable": {"name": name, **({"instance": instance} if instance else {})},
    }


def set_with(status="Accepted"):
    """The answer to SetVariables: `status` for each of them, or one for each in their order."""

    def answer(payload):
        items = payload["setVariableData"]
        each = [status] * len(items) if isinstance(status, str) else status
        return {
            "setVariableResult": [
                {"attributeStatus": told, **_place(item)} for item, told in zip(items, each, strict=True)
            ]
        }

    return answer


def got(values):
    """The answer to GetVariables: `values` by component and variable; one that is not there is unknown."""

    def answer(payload):
        return {"getVariableResult": [_got(item, values) for item in payload["getVariableData"]]}

    return answer


def _got(item, values):
    value = values.get((item["component"]["name"], item["variable"]["name"]))
    if value is None:
        return {"attributeStatus": "UnknownVariable", **_place(item)}
    return {"attributeStatus": "Accepted", "attributeValue": value, **_place(item)}


def _place(item):
    return {name: item[name] for name in ("attributeType", "component", "variable") if name in item}


def reported(component, name, value, *, mutability="ReadWrite", kind="string", **place):
    """One item of a NotifyReport."""
    return {
        **variable_of(component, name, **place),
        "variableAttribute": [{"value": value, "mutability": mutability}],
        "variableCharacteristics": {"dataType": kind, "supportsMonitoring": False},
    }


def network_profile(lab, profile, **more):
    """NetworkConnectionProfileType, as the test tool is configured with it."""
    scheme = "ws" if profile == 1 else "wss"
    return {
        "ocppVersion": "OCPP20" if lab.version == V201 else "OCPP21",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": f"{scheme}://csms.example.org/ocpp",
        "messageTimeout": 30,
        "securityProfile": profile,
        "ocppInterface": "Wired0",
        **more,
    }
