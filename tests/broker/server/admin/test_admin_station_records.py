"""/api/v1/stations/{identity}/connectors and the like."""

from typing import Any

import pytest

from broker.records import (
    Certificate,
    ChargingProfile,
    Connector,
    LocalList,
    Records,
    Reservation,
    Station,
    Variable,
)

T0 = 1_767_225_600.0  # 2026-01-01T00:00:00Z
TIME = "2026-01-01T00:00:00.000Z"
KINDS = ["boot", "connectors", "configuration", "events", "documents", "reservations"]
KINDS += ["local-list", "charging-profiles", "certificates"]
NOTHING: dict[str, Any] = {
    "connectors": {"connectors": []},
    "configuration": {"configuration": []},
    "events": {"events": []},
    "documents": {"documents": {}},
    "reservations": {"reservations": []},
    "local-list": {"version": None, "status": "", "updated_at": None, "entries": {}},
    "charging-profiles": {"charging_profiles": []},
    "certificates": {"certificates": []},
}


@pytest.fixture
def records(broker: Any) -> Records:
    return broker.records


async def _get(client: Any, kind: str, who: str = "viewer") -> Any:
    status, body = await client.json("GET", f"/api/v1/stations/CP1/{kind}", who)
    assert status == 200
    return body


async def test_what_a_station_said_when_it_booted(client: Any, records: Records) -> None:
    row = Station(identity="CP1", version="ocpp1.6", vendor="V", model="M", booted_at=T0, boot={"iccid": ""})
    row.boot_status, row.serial_number, row.firmware = "Accepted", "S", "1.0"
    records.later(records.stations.put(row))
    assert await _get(client, "boot") == {
        "version": "ocpp1.6",
        "vendor": "V",
        "model": "M",
        "serial_number": "S",
        "firmware": "1.0",
        "boot_status": "Accepted",
        "booted_at": TIME,
        "boot": {"iccid": ""},
    }


async def test_connectors(client: Any, records: Records) -> None:
    row = Connector(identity="CP1", evse=2, connector=1, status="Faulted", error_code="E", at=T0, changed_at=T0)
    row.info, row.vendor_id, row.vendor_error_code = "i", "v", "c"
    records.later(records.connectors.put(row), records.connectors.put(Connector(identity="CP1", evse=0, connector=0)))
    first, second = (await _get(client, "connectors"))["connectors"]
    assert (first["evse"], first["at"]) == (0, None)
    assert second == {
        "evse": 2,
        "connector": 1,
        "status": "Faulted",
        "error_code": "E",
        "info": "i",
        "vendor_id": "v",
        "vendor_error_code": "c",
        "at": TIME,
        "changed_at": TIME,
    }


async def test_configuration_without_its_secrets(client: Any, records: Records) -> None:
    rows = [
        Variable(identity="CP1", variable="HeartbeatInterval", value="60", previous="30", readonly=True, at=T0),
        Variable(identity="CP1", variable="AuthorizationKey", value="S3CRET", previous="OLDS3CRET"),
    ]
    records.later(*(records.variables.put(row) for row in rows))
    key, interval = (await _get(client, "configuration"))["configuration"]
    assert "S3CRET" not in str(key)
    assert interval == {
        "component": "",
        "variable": "HeartbeatInterval",
        "attribute": "Actual",
        "value": "60",
        "readonly": True,
        "at": TIME,
        "previous": "30",
        "changed_at": None,
        "details": {},
    }


async def test_the_device_model_by_component_and_variable(client: Any, records: Records) -> None:
    details = {"characteristics": {"dataType": "OptionList"}}
    rows = [
        Variable(identity="CP1", component="EVSE@1", variable="AvailabilityState", value="Available", details=details),
        Variable(identity="CP1", component="EVSE@1", variable="Power", value="11000"),
        Variable(identity="CP1", component="EVSE@2", variable="Power", value="22000"),
    ]
    records.later(*(records.variables.put(row) for row in rows))

    async def values(query: str) -> list[Any]:
        return [row["value"] for row in (await _get(client, f"configuration?{query}"))["configuration"]]

    assert await values("component=EVSE@1") == ["Available", "11000"]
    assert await values("variable=Power") == ["11000", "22000"]
    assert await values("component=EVSE@2&variable=Power") == ["22000"]
    assert await values("component=EVSE@3") == []
    first, *_ = (await _get(client, "configuration"))["configuration"]
    assert first["details"] == details


async def test_events_by_pages(client: Any, records: Records) -> None:
    for number in range(3):
        at = T0 + number
        records.later(
            records.events.add(
                "CP1", component="EVSE@1", variable="Power", at=at, received_at=at, value=str(number), details={"a": 1}
            )
        )
    page = await _get(client, "events?limit=2")
    assert page["events"][0] == {
        "id": page["events"][0]["id"],
        "component": "EVSE@1",
        "variable": "Power",
        "at": TIME,
        "received_at": TIME,
        "value": "0",
        "details": {"a": 1},
    }
    rest = await _get(client, f"events?after={page['next']}&component=EVSE@1&variable=Power&since={TIME}")
    assert ([row["value"] for row in rest["events"]], "next" in rest) == (["2"], False)


async def test_what_plugins_keep_is_for_operators_and_without_secrets(client: Any, records: Records) -> None:
    records.later(
        records.documents.put("display", "CP1", "messages", {"1": {"priority": "AlwaysFront"}}),
        records.documents.put("other", "CP1", "login", {"basicAuthPassword": "S3CRET"}),
        records.documents.put("other", "CP2", "login", {"a": 1}),
    )
    found = (await _get(client, "documents", "operator"))["documents"]
    assert found["display"] == {"messages": {"1": {"priority": "AlwaysFront"}}}
    assert "S3CRET" not in str(found)
    assert list(found["other"]) == ["login"]
    status, _ = await client.json("GET", "/api/v1/stations/CP1/documents", "viewer")
    assert status == 403


async def test_reservations(client: Any, records: Records) -> None:
    row = Reservation(identity="CP1", reservation_id=7, evse=1, connector=1, token="Card", expires=T0, status="used")
    row.answer, row.transaction_id, row.created_at, row.updated_at, row.parent = "Accepted", "17", T0, T0, "P"
    records.later(records.reservations.put(row))
    assert await _get(client, "reservations", "operator") == {
        "reservations": [
            {
                "reservation": 7,
                "evse": 1,
                "connector": 1,
                "token": "Card",
                "parent": "P",
                "expires": TIME,
                "status": "used",
                "answer": "Accepted",
                "transaction": "17",
                "created_at": TIME,
                "updated_at": TIME,
            }
        ]
    }


async def test_the_local_list(client: Any, records: Records) -> None:
    entries = {"Card": {"status": "Accepted"}}
    row = LocalList(identity="CP1", version=3, status="Accepted", updated_at=T0, entries=entries)
    records.later(records.local_lists.put(row))
    assert await _get(client, "local-list", "operator") == {
        "version": 3,
        "status": "Accepted",
        "updated_at": TIME,
        "entries": entries,
    }


async def test_charging_profiles(client: Any, records: Records) -> None:
    row = ChargingProfile(identity="CP1", profile_id=5, evse=1, purpose="TxProfile", kind="Absolute", stack_level=2)
    row.transaction_id, row.valid_from, row.valid_to, row.at, row.profile = "17", T0, None, T0, {"stackLevel": 2}
    records.later(records.charging_profiles.put(row))
    assert await _get(client, "charging-profiles") == {
        "charging_profiles": [
            {
                "profile_id": 5,
                "evse": 1,
                "purpose": "TxProfile",
                "kind": "Absolute",
                "stack_level": 2,
                "transaction": "17",
                "valid_from": TIME,
                "valid_to": None,
                "at": TIME,
                "profile": {"stackLevel": 2},
            }
        ]
    }


async def test_certificates(client: Any, records: Records) -> None:
    row = Certificate(identity="CP1", key="SHA256:a:1", use="ManufacturerRootCertificate", serial_number="1")
    row.hash_data, row.status, row.at, row.not_after, row.subject, row.pem = {"a": "b"}, "Accepted", T0, T0, "CN=x", "P"
    records.later(records.certificates.put(row))
    assert await _get(client, "certificates") == {
        "certificates": [
            {
                "key": "SHA256:a:1",
                "use": "ManufacturerRootCertificate",
                "hash_data": {"a": "b"},
                "serial_number": "1",
                "subject": "CN=x",
                "not_after": TIME,
                "status": "Accepted",
                "at": TIME,
                "pem": "P",
            }
        ]
    }


@pytest.mark.parametrize("kind", NOTHING)
async def test_nothing_known_of_a_known_station_is_an_empty_answer(client: Any, broker: Any, kind: str) -> None:
    broker.sessions.registered = ["CP1"]
    assert await _get(client, kind, "operator") == NOTHING[kind]


async def test_a_station_that_was_here_is_known_for_ever(client: Any, records: Records) -> None:
    records.later(records.stations.put(Station(identity="CP1", version="ocpp1.6")))
    for kind, nothing in NOTHING.items():
        assert await _get(client, kind, "operator") == nothing


async def test_a_station_that_has_not_booted_said_nothing(client: Any, broker: Any) -> None:
    broker.sessions.connect("CP1")
    body = await _get(client, "boot")
    assert (body["version"], body["booted_at"], body["boot"]) == ("", None, {})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("identity", ["CP9", "%00"])
async def test_a_station_that_nobody_has_heard_of_is_404(client: Any, kind: str, identity: str) -> None:
    status, body = await client.json("GET", f"/api/v1/stations/{identity}/{kind}")
    assert (status, body["type"]) == (404, "/api/v1/problems/unknown-station")


@pytest.mark.parametrize("kind", ["reservations", "local-list"])
async def test_idtags_are_not_for_viewers(client: Any, kind: str) -> None:
    assert (await client.json("GET", f"/api/v1/stations/CP1/{kind}", "viewer"))[0] == 403


@pytest.mark.parametrize(
    "path",
    [
        *(f"stations/CP1/{kind}" for kind in KINDS),
        "transactions",
        "transactions/CP1/17/meter-values",
        "security-events",
    ],
)
async def test_a_store_that_has_failed_is_503(client: Any, broker: Any, path: str) -> None:
    broker.sessions.registered = ["CP1"]
    await broker.store.close()
    status, body = await client.json("GET", f"/api/v1/{path}")
    assert (status, body["type"]) == (503, "/api/v1/problems/store-failed")
