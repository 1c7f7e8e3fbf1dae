"""Rows of the records as answers."""

from typing import Any

import pytest

from broker.records import MeterValue, Transaction, Variable
from broker.server.admin import record_rows


def _variable(name: str, value: str | None) -> dict[str, Any]:
    (row,) = record_rows.variables([Variable(identity="CP1", variable=name, value=value, previous=value)])
    return row


@pytest.mark.parametrize("name", ["AuthorizationKey", "BasicAuthPassword", "VendorPIN", "wifi_psk", "ApiToken"])
def test_a_secret_is_masked_as_in_messages(name: str) -> None:
    row = _variable(name, "S3CRET")
    assert "S3CRET" not in str(row)
    assert row["value"] == row["previous"] == "**********"


@pytest.mark.parametrize("value", ["5", "", None, "{", '"quoted"', "ü\ud800", "true", "pinging"])
def test_what_is_no_secret_is_shown_as_it_is(value: str | None) -> None:
    assert _variable("HeartbeatInterval", value)["value"] == value


def test_the_password_of_a_url_is_not_shown() -> None:
    assert _variable("UploadUrl", "ftp://user:pw@host/x")["value"] == "ftp://**********@host/x"


def test_a_transaction_says_what_is_known_and_null_for_the_rest() -> None:
    row = Transaction(identity="CP1", transaction_id="5", version="ocpp1.6", meter_start=5, meter_stop=9, ended=True)
    shown = record_rows.transaction(row, {"main": 17})
    assert (shown["transaction"], shown["energy"], shown["open"], shown["ids"]) == ("5", 4, False, {"main": 17})
    assert (shown["evse"], shown["token"], shown["started_at"], shown["superseded"]) == (None, None, None, False)
    assert record_rows.transaction(Transaction(identity="", transaction_id="", version="", epoch=3), {})["superseded"]


def test_nothing_of_a_row_gets_lost_but_what_is_the_stores_own() -> None:
    own = {"epoch", "ended", "start_key", "details", "transaction_id", "reservation_id"}
    shown = record_rows.transaction(Transaction(identity="", transaction_id="", version=""), {})
    assert set(Transaction.__struct_fields__) - own < set(shown)


def test_meter_values_are_in_one_form() -> None:
    row = MeterValue(
        id=1, identity="", transaction_id=None, evse=1, connector=1, version="", received_at=0.0, values=[{"a": 1}]
    )
    assert record_rows.meter_value(row) == {
        "id": 1,
        "evse": 1,
        "connector": 1,
        "received_at": "1970-01-01T00:00:00.000Z",
        "values": [{"a": 1}],
    }


def test_a_list_that_nobody_knows_is_empty_and_has_no_version() -> None:
    assert record_rows.local_list(None) == {"version": None, "status": "", "updated_at": None, "entries": {}}
