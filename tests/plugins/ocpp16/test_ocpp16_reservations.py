import pytest

from broker.api import Reservation
from plugins.ocpp16.reservations import ended_by_status, row_of, start_of
from plugins.shared.reservations import Start, expired

NOW = 1_767_225_600.0
ASK = {"connectorId": 2, "expiryDate": "2026-01-01T00:15:00Z", "idTag": "CARD", "reservationId": 5}
START = {"connectorId": 2, "idTag": "card", "meterStart": 0, "timestamp": "2026-01-01T00:05:00Z"}


def row(status="reserved", **more):
    known = {"reservation_id": 5, "evse": 2, "connector": 1, "token": "CARD", "expires": NOW + 900, "created_at": NOW}
    return Reservation(identity="CP001", status=status, **{**known, **more})


def test_a_reserve_now_is_a_row():
    assert row_of("CP001", {**ASK, "parentIdTag": "G"}, NOW) == Reservation(
        identity="CP001",
        reservation_id=5,
        evse=2,
        connector=1,
        token="CARD",
        parent="G",
        expires=NOW + 900,
        status="requested",
        created_at=NOW,
        updated_at=NOW,
    )


def test_connector_0_is_the_whole_station():
    found = row_of("CP001", {**ASK, "connectorId": 0}, NOW)
    assert (found.evse, found.connector) == (0, None)


@pytest.mark.parametrize("payload", [{}, {"reservationId": None}, {"reservationId": "x"}, {"reservationId": 2**70}])
def test_what_has_no_number_is_not_kept(payload):
    assert row_of("CP001", payload, NOW) is None


def test_what_cannot_be_read_does_not_last():
    odd = {"reservationId": 5, "connectorId": [], "idTag": 7, "expiryDate": "soon", "parentIdTag": {}}
    after = row_of("CP001", odd, NOW)
    assert (after.evse, after.token, after.parent, after.expires) == (0, "", None, NOW)
    assert expired(after, NOW).status == "expired"


@pytest.mark.parametrize("status", ["Faulted", "Unavailable"])
@pytest.mark.parametrize("connector", [0, 2])
def test_a_connector_or_station_that_cannot_be_used_ends_it(status, connector):
    after = ended_by_status(row(), {"connectorId": connector, "status": status}, NOW + 1)
    assert (after.status, after.answer, after.updated_at) == ("removed", status, NOW + 1)


@pytest.mark.parametrize(
    ("found", "payload"),
    [
        (row(), {"connectorId": 1, "status": "Faulted"}),
        (row(evse=0, connector=None), {"connectorId": 2, "status": "Faulted"}),
        (row(), {"connectorId": 2, "status": "Available"}),
        (row(), {"connectorId": 2, "status": "Reserved"}),
        (row("requested"), {"connectorId": 2, "status": "Faulted"}),
        (row("used"), {"connectorId": 2, "status": "Faulted"}),
        (row(), {"connectorId": 2, "status": "Faulted", "timestamp": "2025-12-31T23:58:59Z"}),
        (row(), {"connectorId": None, "status": ["Faulted"]}),
    ],
)
def test_no_other_status_does(found, payload):
    assert ended_by_status(found, payload, NOW + 1) is None


def test_a_clock_that_is_a_little_behind_does_no_harm():
    payload = {"connectorId": 2, "status": "Faulted", "timestamp": "2025-12-31T23:59:01Z"}
    assert ended_by_status(row(), payload, NOW + 1).status == "removed"


def test_a_start_names_its_connector_and_tag():
    assert start_of(START, {"transactionId": 7}) == Start("7", None, 2, "card", NOW + 300)
    named = start_of({**START, "reservationId": 5}, {})
    assert (named.transaction_id, named.reservation_id) == (None, 5)


@pytest.mark.parametrize("odd", [None, 5, []])
def test_what_cannot_be_read_of_a_start_is_left_out(odd):
    payload = {"connectorId": "x", "idTag": odd, "timestamp": odd, "reservationId": "x"}
    assert start_of(payload, {"transactionId": odd if odd != 5 else "x"}) == Start(None, None, None, "", None)
