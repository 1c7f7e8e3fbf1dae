"""What is written down of reports, and of variables that were read and set, whoever asked for them."""

from typing import Any

from broker.api import BasePlugin, Call, Context, Direction, Reply, SessionView, StoreFailed, on_call, record
from plugins.ocpp201.device_model import shown
from plugins.ocpp201.provisioning.config import ProvisioningConfig
from plugins.ocpp201.provisioning.inventory import Inventories
from plugins.ocpp201.provisioning.model import DeviceModels
from plugins.ocpp201.provisioning.told import Key, Told, attribute_of, place_of, reported
from plugins.ocpp201.reports import Reports
from plugins.ocpp201.versions import V2
from plugins.shared.values import text, whole

_FROM = Direction.FROM_STATION
_TO = Direction.TO_STATION
_SET = frozenset({"Accepted", "RebootRequired"})
_GONE = frozenset({"UnknownComponent", "UnknownVariable", "NotSupportedAttributeType"})
#: The document that says when a station's whole device model was read last.
INVENTORY = "inventory"


class Recorders(BasePlugin):
    """The part that writes down."""

    config: ProvisioningConfig

    def __init__(self, config: ProvisioningConfig, context: Context) -> None:
        super().__init__(config, context)
        self.inventories = Inventories()
        self.models = DeviceModels(self.records, self.clock, lambda work: self.spawn(work, name="device model"))
        self.reports = Reports()
        self.collected: set[tuple[str, int]] = set()
        """The reports that an operation here waits for."""

    @on_call(V2, "GetBaseReport", direction=_TO)
    def report_asked(self, session: SessionView, call: Call) -> None:
        """Know it before it goes out: the first part of a report may overtake the answer."""
        request_id = whole(call.payload.get("requestId"))
        if request_id is not None:
            full = call.payload.get("reportBase") == "FullInventory"
            self.inventories.expect(session.identity, request_id, full=full)

    @record(V2, "NotifyReport", direction=_FROM)
    async def report_told(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep a part; with the last one of a FullInventory, what it did not name is gone (B07.FR.07)."""
        if not reply.is_result:
            return
        payload, identity = call.plain_payload, session.identity
        request_id, seq = whole(payload.get("requestId")), whole(payload.get("seqNo"))
        told = list(reported(payload.get("reportData")))
        await self.models.report(identity, told)
        if request_id is None:
            return
        tbc = payload.get("tbc") is True
        completed = self.inventories.part(identity, request_id, told, tbc=tbc, seq=seq)
        if completed is not None:
            count = await self.models.flush(identity, all_of_it=completed.all or None)
            if completed.all:
                await self._inventory_read(identity, count)
        if (identity, request_id) in self.collected:
            items = payload.get("reportData")
            items = items if isinstance(items, list) else []
            with self.reports.keeping(identity, request_id, items=items, tbc=tbc, seq=seq) as whole_report:
                if whole_report is not None and completed is None:  # its last part came before another one
                    await self.models.flush(identity)

    @record(V2, "GetVariables", direction=_TO)
    async def variables_read(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station said of what it was asked for (B06)."""
        asked = _items(call.plain_payload, "getVariableData")
        told: dict[Key, Told] = {}
        gone: dict[Key, None] = {}
        for key, place, item in _results(reply, "getVariableResult"):
            if key not in asked:
                continue
            status = text(item.get("attributeStatus"))
            if status == "Accepted":
                told[key] = Told(*place, attribute_of(item), shown(item.get("attributeValue")))
            elif status in _GONE:
                gone[key] = None
        await self.models.learn(session.identity, list(told.values()), list(gone))

    @record(V2, "SetVariables", direction=_TO)
    async def variables_set(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station has taken; never the value of a secret (B05)."""
        asked = _items(call.plain_payload, "setVariableData")
        told: dict[Key, Told] = {}
        for key, place, item in _results(reply, "setVariableResult"):
            if key in asked and text(item.get("attributeStatus")) in _SET:
                told[key] = Told(*place, attribute_of(item), shown(asked[key].get("attributeValue")))
        await self.models.learn(session.identity, list(told.values()))

    async def _inventory_read(self, identity: str, variables: int) -> None:
        try:
            station = await self.records.stations.get(identity)
        except StoreFailed:
            return
        firmware = station.firmware if station is not None else ""
        read = {"at": self.clock.iso(), "firmware": firmware, "variables": variables}
        self.records.later(self.documents.put(identity, INVENTORY, read))


def _keyed(items: Any) -> list[tuple[Key, tuple[str, str], dict[str, Any]]]:
    found = []
    for item in items if isinstance(items, list) else []:
        place = place_of(item)
        if place is not None:
            found.append((Told(*place, attribute_of(item)).key, place, item))
    return found


def _items(payload: dict[str, Any], member: str) -> dict[Key, dict[str, Any]]:
    return {key: item for key, _, item in _keyed(payload.get(member))}


def _results(reply: Reply, member: str) -> list[tuple[Key, tuple[str, str], dict[str, Any]]]:
    return _keyed(reply.payload.get(member)) if reply.is_result else []
