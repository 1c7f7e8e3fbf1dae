"""GET /api/v1/stations/{identity}/ids and .../transactions/{transaction}/ids."""

from typing import Any
from urllib.parse import quote

import pytest
from backends_kit import transaction

PATH = "/api/v1/stations/CP1"


async def test_the_ids_of_a_station(client: Any) -> None:
    status, body = await client.json("GET", f"{PATH}/ids", "viewer")
    assert status == 200
    assert body["transactions"][0]["ids"] == {"main": 17, "billing": 4711}
    assert body["ids"] == [{"space": "reservation", "station_id": 5, "peer": "billing", "peer_id": 1}]


async def test_a_transaction_by_what_the_station_calls_it(client: Any) -> None:
    status, body = await client.json("GET", f"{PATH}/transactions/17/ids", "viewer")
    assert (status, body["ref"], body["ids"]["billing"]) == (200, 1, 4711)


@pytest.mark.parametrize("number", [-1, 0, 2**63 - 1, "8f6a-11", "a/b", "100%", "%2F"])
async def test_numbers_and_texts_of_any_kind(client: Any, broker: Any, number: int | str) -> None:
    broker.sessions.known["CP1"] = [transaction(1, 17), transaction(2, number)]
    status, body = await client.json("GET", f"{PATH}/transactions/{quote(str(number), safe='')}/ids")
    assert (status, body["transaction"], body["ref"]) == (200, number, 2)


async def test_of_two_with_the_same_id_the_open_one_is_meant(client: Any, broker: Any) -> None:
    rows = [transaction(4, 17, closed=True), transaction(2, 17), transaction(3, 17, closed=True)]
    for known, ref in ((rows, 2), ([rows[0], rows[2]], 4)):
        broker.sessions.known["CP1"] = known
        assert (await client.json("GET", f"{PATH}/transactions/17/ids"))[1]["ref"] == ref


async def test_a_station_that_never_came_has_none(client: Any, broker: Any) -> None:
    broker.sessions.registered = ["CP8"]
    assert await client.json("GET", "/api/v1/stations/CP8/ids") == (200, {"transactions": [], "ids": []})
    status, body = await client.json("GET", "/api/v1/stations/CP8/transactions/17/ids")
    assert (status, body["type"]) == (404, "/api/v1/problems/unknown-transaction")


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("CP9/ids", "unknown-station"),
        ("CP9/transactions/17/ids", "unknown-station"),
        ("%00/ids", "unknown-station"),
        ("CP1/transactions/18/ids", "unknown-transaction"),
        ("CP1/transactions/4711/ids", "unknown-transaction"),
        ("CP1/transactions/017/ids", "unknown-transaction"),
        ("CP1/transactions/%00/ids", "unknown-transaction"),
    ],
)
async def test_what_is_not_there_is_404(client: Any, path: str, problem: str) -> None:
    """4711 is what an upstream calls it, which is nobody else's name for it."""
    status, body = await client.json("GET", f"/api/v1/stations/{path}")
    assert (status, body["type"]) == (404, f"/api/v1/problems/{problem}")
