"""A started provisioning plugin with one station, and what a station says of its variables."""

from contextlib import asynccontextmanager

from broker.api import Call, Reply, Version
from broker.testing import Harness
from plugins.ocpp201.provisioning.plugin import Provisioning

V201, V21 = "ocpp2.0.1", "ocpp2.1"
CP = "CP001"
NOW = 1_767_225_600.0
NOW_TEXT = "2026-01-01T00:00:00.000Z"
BOOT = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V", "firmwareVersion": "1.0"}}


class Sessions:
    """The sessions of a harness, as the broker shows them."""

    def __init__(self, *sessions):
        self._sessions = {session.identity: session for session in sessions}

    def get(self, identity):
        return self._sessions.get(identity)

    def all(self):
        return list(self._sessions.values())


@asynccontextmanager
async def provisioning(*more, version=V201, **config):
    """The plugin, started, and its station; `more` plugins stand behind it. What is sent has to fit the schema."""
    h = Harness((Provisioning, config), *((plugin, {}) for plugin in more))
    session = h.session(version)
    h.contexts.sessions = Sessions(session)
    await h.ready()
    await h.plugins.start(None)
    try:
        yield h
        assert h.plugins.stats["ocpp201.provisioning"].errors == 0, "see the log"
        for action, payload in session.sent:
            violation = h.plugins.schemas.check_call(Call.of(action, payload, version=Version(version)))
            assert violation is None, f"{action}: {violation}"
    finally:
        await h.stop()


def said(status, **more):
    """A station's CALLRESULT with this status."""
    return Reply.result({"status": status, **more})


def item(component, variable, value=None, *, evse=None, **attribute):
    """One ReportDataType with one attribute; `characteristics` besides."""
    characteristics = attribute.pop("characteristics", None)
    found = {"component": {"name": component}, "variable": {"name": variable}}
    if evse is not None:
        found["component"]["evse"] = evse
    found["variableAttribute"] = [{**({} if value is None else {"value": value}), **attribute}]
    if characteristics is not None:
        found["variableCharacteristics"] = characteristics
    return found


async def report(h, request_id, items, *, seq=0, tbc=False, version=V201, generated=NOW_TEXT):
    """One NotifyReport."""
    payload = {"requestId": request_id, "generatedAt": generated, "seqNo": seq, "tbc": tbc, "reportData": items}
    return await h.call(version, "NotifyReport", payload)


async def asked(h, request_id, base="FullInventory", version=V201):
    """GetBaseReport goes to the station and is accepted, whoever has sent it."""
    session = h.session(version)
    session.replies["GetBaseReport"] = said("Accepted")
    payload = {"requestId": request_id, "reportBase": base}
    return await session.call("GetBaseReport", payload)


async def kept(h):
    """component.variable or component.variable/attribute: value, of all that is kept."""
    rows = await h.records.variables.of(CP)
    return {
        f"{row.component}.{row.variable}" + ("" if row.attribute == "Actual" else f"/{row.attribute}"): row.value
        for row in rows
    }


async def row_of(h, component, variable, attribute="Actual"):
    return await h.records.variables.get(CP, component, variable, attribute)


def plugin(h):
    """The plugin itself."""
    return h.plugins._loaded["ocpp201.provisioning"].instance


def results(member, status="Accepted", **more):
    """A station that says the same to every item of GetVariables or SetVariables."""

    def answer(payload):
        data = payload[f"{member}VariableData"]
        found = []
        for one in data:
            named = {name: one[name] for name in ("component", "variable", "attributeType") if name in one}
            found.append({"attributeStatus": status, **named, **more})
        return Reply.result({f"{member}VariableResult": found})

    return answer
