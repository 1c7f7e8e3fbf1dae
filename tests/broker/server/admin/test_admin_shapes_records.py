"""The shapes of what is known of stations: every answer with everything in it is as described."""

from typing import Any

import jsonschema_rs
import pytest

from broker.records import (
    Certificate,
    ChargingProfile,
    Connector,
    LocalList,
    MeterValue,
    Reservation,
    SecurityEvent,
    Station,
    Transaction,
    Variable,
)
from broker.records.neutral import neutral
from broker.server.admin import record_rows
from broker.server.admin.shapes_records import RECORDS

VALUES = neutral(
    [
        {
            "timestamp": "t",
            "sampledValue": [
                {"value": "1", "phase": "L1"},
                {"value": "x"},
                {"value": "OCMF", "format": "SignedData"},
                {"value": 1.5, "unitOfMeasure": {"multiplier": 3}},
            ],
        },
        {},
    ]
)
FULL: dict[str, Any] = {
    "Transaction": record_rows.transaction(
        Transaction(
            identity="CP1",
            transaction_id="5",
            version="ocpp1.6",
            evse=1,
            connector=1,
            token="t",
            token_type="t",
            parent="p",
            reservation_id=1,
            started_at=1.0,
            meter_start=1,
            stopped_at=2.0,
            meter_stop=2,
            stop_reason="r",
            stop_token="t",
        ),
        {"main": 1},
    ),
    "MeterValue": record_rows.meter_value(
        MeterValue(
            id=1, identity="", transaction_id="", evse=1, connector=1, version="", received_at=1.0, values=VALUES
        )
    ),
    "SecurityEvent": record_rows.security_event(
        SecurityEvent(id=1, identity="", type="", at=1.0, received_at=1.0, tech_info="")
    ),
    "Boot": record_rows.boot(Station(identity="", version="", booted_at=1.0, boot={"a": 1})),
    "Connector": record_rows.connector(Connector(identity="", evse=1, connector=1, at=1.0)),
    "Variable": record_rows.variables([Variable(identity="", variable="a", value="1", at=1.0, changed_at=1.0)])[0],
    "Reservation": record_rows.reservation(
        Reservation(identity="", reservation_id=1, connector=1, parent="p", expires=1.0, transaction_id="5")
    ),
    "LocalList": record_rows.local_list(LocalList(identity="", version=1, entries={"a": {}})),
    "ChargingProfile": record_rows.charging_profile(
        ChargingProfile(identity="", profile_id=1, transaction_id="5", valid_from=1.0, valid_to=1.0, at=1.0)
    ),
    "Certificate": record_rows.certificate(
        Certificate(identity="", key="k", subject="s", not_after=1.0, at=1.0, pem="p")
    ),
}
EMPTY: dict[str, Any] = {
    "Transaction": record_rows.transaction(Transaction(identity="", transaction_id="", version=""), {}),
    "MeterValue": record_rows.meter_value(
        MeterValue(
            id=1, identity="", transaction_id=None, evse=None, connector=None, version="", received_at=1e300, values=[]
        )
    ),
    "SecurityEvent": record_rows.security_event(
        SecurityEvent(id=1, identity="", type="", at=None, received_at=1.0, tech_info="")
    ),
    "Boot": record_rows.boot(Station(identity="", version="")),
    "Connector": record_rows.connector(Connector(identity="", evse=1, connector=1)),
    "Variable": record_rows.variables([Variable(identity="", variable="a")])[0],
    "Reservation": record_rows.reservation(Reservation(identity="", reservation_id=1)),
    "LocalList": record_rows.local_list(None),
    "ChargingProfile": record_rows.charging_profile(ChargingProfile(identity="", profile_id=1)),
    "Certificate": record_rows.certificate(Certificate(identity="", key="k")),
}


def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for({"components": {"schemas": RECORDS}, "$ref": f"#/components/schemas/{name}"})


@pytest.mark.parametrize("rows", [FULL, EMPTY])
@pytest.mark.parametrize("name", FULL)
def test_a_row_is_as_described_and_has_no_other_member(name: str, rows: dict[str, Any]) -> None:
    _validator(name).validate(rows[name])
    assert list(rows[name]) == list(RECORDS[name]["properties"])


def test_a_value_has_one_of_three_forms() -> None:
    schema = RECORDS["MeterValue"]["properties"]["values"]["items"]["properties"]["sampledValue"]["items"]
    members = {name for entry in VALUES for one in entry["sampledValue"] for name in one}
    assert members == set(schema["properties"])
