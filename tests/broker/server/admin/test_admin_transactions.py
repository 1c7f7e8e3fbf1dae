"""/api/v1/transactions."""

from typing import Any
from urllib.parse import quote

import pytest
from backends_kit import transaction

from broker.records import Records, StoreFailed, Transaction

PATH = "/api/v1/transactions"
T0 = 1_767_225_600.0  # 2026-01-01T00:00:00Z


@pytest.fixture
def records(broker: Any) -> Records:
    return broker.records


@pytest.fixture
def begin(records: Records) -> Any:
    def one(number: str = "17", key: str = "first", **more: Any) -> None:
        values = {"identity": "CP1", "version": "ocpp1.6", "evse": 1, "connector": 1, "token": "Card"}
        values |= {"started_at": T0, "meter_start": 100, "received_at": T0 + 1, "updated_at": T0 + 1}
        row = Transaction(transaction_id=number, start_key=key, status="Accepted", answered_by="main", **values | more)
        records.later(records.transactions.started(row))

    return one


@pytest.fixture
def end(records: Records) -> Any:
    def one(number: str = "17", identity: str = "CP1", **more: Any) -> None:
        values = {"version": "ocpp1.6", "stopped_at": T0 + 60, "meter_stop": 900, "reason": "Local", "token": "Card"}
        values |= {"received_at": T0 + 61, "answered_by": "main"}
        records.later(records.transactions.stopped(identity, number, **values | more))

    return one


@pytest.fixture
def measure(records: Records) -> Any:
    def one(value: int, number: str | None = "17", identity: str = "CP1") -> None:
        payload = b'{"meterValue":[{"timestamp":"2026-01-01T00:00:30Z","sampledValue":[{"value":"%d"}]}]}' % value
        change = records.meter_values.add(
            identity, number, evse=1, connector=1, version="ocpp1.6", payload=payload, received_at=T0 + 30
        )
        records.later(change)

    return one


async def _rows(client: Any, query: str = "") -> list[dict[str, Any]]:
    status, body = await client.json("GET", f"{PATH}?{query}", "operator")
    assert status == 200
    return list(body["transactions"])


async def _values(client: Any, path: str, query: str = "") -> list[Any]:
    status, body = await client.json("GET", f"{PATH}/{path}/meter-values?{query}", "viewer")
    assert status == 200
    return [one["value"] for row in body["meter_values"] for each in row["values"] for one in each["sampledValue"]]


async def test_everything_about_a_transaction(client: Any, begin: Any, end: Any) -> None:
    begin(reservation_id=3, parent="Family")
    end()
    (row,) = await _rows(client)
    assert row.pop("ref") > 0
    assert row == {
        "identity": "CP1",
        "transaction": "17",
        "version": "ocpp1.6",
        "evse": 1,
        "connector": 1,
        "token": "Card",
        "token_type": None,
        "parent": "Family",
        "status": "Accepted",
        "reservation": 3,
        "answered_by": "main",
        "started_at": "2026-01-01T00:00:00.000Z",
        "meter_start": 100,
        "stopped_at": "2026-01-01T00:01:00.000Z",
        "meter_stop": 900,
        "stop_reason": "Local",
        "stop_token": "Card",
        "energy": 800,
        "open": False,
        "superseded": False,
        "received_at": "2026-01-01T00:00:01.000Z",
        "updated_at": "2026-01-01T00:01:01.000Z",
        "details": {},
        "ids": {"main": 17, "billing": 4711},
    }


async def test_an_id_that_was_given_again_is_at_the_upstreams_only_once(client: Any, begin: Any) -> None:
    begin()
    begin(key="second")
    begin("18", identity="CP2")
    assert [(row["superseded"], row["ids"]) for row in await _rows(client)] == [
        (True, {}),
        (False, {"main": 17, "billing": 4711}),
        (False, {}),
    ]


async def test_of_two_at_the_upstreams_the_open_one_is_meant(client: Any, broker: Any, begin: Any) -> None:
    begin()
    broker.sessions.known["CP1"] = [
        transaction(3, 17, ids={"main": 3}),
        transaction(4, 17, closed=True, ids={"main": 4}),
        transaction(2, 17, closed=True, ids={"main": 2}),
    ]
    assert (await _rows(client))[0]["ids"] == {"main": 3}


FOUND = [
    ("", "12345"),
    ("identity=CP2", "3"),
    ("token=CARD", "1345"),
    ("token=Other", "2"),
    ("open=true", "235"),
    ("open=false", "14"),
    ("since=2026-01-01T00:00:03Z", "345"),
    ("until=2026-01-01T01:00:03%2B01:00", "12"),
    ("identity=CP1&open=true&token=card", "5"),
]


@pytest.mark.parametrize(("query", "found"), FOUND)
async def test_transactions_can_be_picked(client: Any, begin: Any, end: Any, query: str, found: str) -> None:
    for number in range(1, 6):
        more = {"identity": "CP2"} if number == 3 else {"token": "Other"} if number == 2 else {}
        begin(str(number), started_at=T0 + number, **more)
    end("1")
    end("4")
    assert "".join(row["transaction"] for row in await _rows(client, query)) == found


async def test_pages_follow_each_other(client: Any, begin: Any) -> None:
    for number in range(5):
        begin(str(number))
    seen, after = "", 0
    for _ in range(3):
        _, body = await client.json("GET", f"{PATH}?limit=2&after={after}")
        seen += "".join(row["transaction"] for row in body["transactions"])
        after = body.get("next", -1)
    assert (seen, after) == ("01234", -1)


WRONG = ["limit=0", "limit=1001", "after=x", "open=yes", "since=yesterday", "until=2026-01-01", "identity=", "evse=1"]


@pytest.mark.parametrize("query", WRONG)
async def test_a_wrong_query_is_400(client: Any, query: str) -> None:
    assert (await client.json("GET", f"{PATH}?{query}"))[0] == 400


async def test_idtags_are_not_for_viewers(client: Any) -> None:
    assert (await client.json("GET", PATH, "viewer"))[0] == 403


async def test_meter_values_of_one_transaction(client: Any, begin: Any, measure: Any) -> None:
    begin()
    for value in (1, 2, 3):
        measure(value)
    measure(4, "18")
    measure(5, None)
    status, body = await client.json("GET", f"{PATH}/CP1/17/meter-values?limit=2", "viewer")
    assert status == 200
    assert body["meter_values"][0]["values"] == [
        {
            "timestamp": "2026-01-01T00:00:30Z",
            "sampledValue": [
                {
                    "value": 1,
                    "context": "Sample.Periodic",
                    "measurand": "Energy.Active.Import.Register",
                    "location": "Outlet",
                    "unit": "Wh",
                }
            ],
        }
    ]
    assert await _values(client, "CP1/17", f"after={body['next']}") == [3]
    assert await _values(client, "CP1/18") == [4]


async def test_those_of_an_older_transaction_are_found_by_its_ref(client: Any, begin: Any, measure: Any) -> None:
    begin()
    measure(1)
    begin(key="second")
    measure(2)
    older, newer = await _rows(client)
    assert await _values(client, "CP1/17") == [2]
    assert await _values(client, "CP1/17", f"ref={older['ref']}") == [1]
    assert await _values(client, "CP1/17", f"ref={newer['ref']}") == [2]
    assert await _values(client, "CP1/17", "ref=999") == []


@pytest.mark.parametrize("number", ["-1", "a/b", "100%", "8f6a-11"])
async def test_ids_of_any_kind(client: Any, measure: Any, number: str) -> None:
    measure(7, number, "CP/1")
    assert await _values(client, f"CP%2F1/{quote(number, safe='')}") == [7]


async def test_one_that_only_the_upstreams_know_has_none(client: Any) -> None:
    assert await _values(client, "CP1/17") == []


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("CP1/99", "unknown-transaction"),
        ("CP9/17", "unknown-transaction"),
        ("CP1/%00", "unknown-transaction"),
        ("%00/17", "unknown-station"),
    ],
)
async def test_what_is_not_there_is_404(client: Any, path: str, problem: str) -> None:
    status, body = await client.json("GET", f"{PATH}/{path}/meter-values")
    assert (status, body["type"]) == (404, f"/api/v1/problems/{problem}")


async def test_a_store_that_has_failed_is_503(client: Any, records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(**_: Any) -> Any:
        raise StoreFailed("the disk is gone")

    monkeypatch.setattr(records.transactions, "page", fails)
    assert (await client.json("GET", PATH))[0] == 503
