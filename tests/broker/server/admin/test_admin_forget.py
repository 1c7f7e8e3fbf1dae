"""POST /api/v1/stations/{identity}/forget and /api/v1/tokens/{id}/forget."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from broker.records import Connector, Records, Registration, StoreFailed, Token, Transaction

STATION, TOKEN = "/api/v1/stations/CP1/forget", "/api/v1/tokens/Card/forget"


@pytest.fixture
async def records(broker: Any) -> Records:
    records: Records = broker.records
    await records.registrations.put(Registration(identity="CP1"))
    await records.tokens.put(Token(id="CARD"))
    row = Transaction(identity="CP1", transaction_id="5", version="ocpp1.6", token="card", start_key="k")
    records.later(
        records.transactions.started(row),
        records.connectors.put(Connector(identity="CP1", evse=1, connector=1)),
        records.connectors.put(Connector(identity="CP2", evse=1, connector=1)),
    )
    return records


async def test_everything_of_a_station_is_gone_with_its_files(client: Any, broker: Any, records: Records) -> None:
    gone = {"registration": 1, "charging_transaction": 1, "connector": 1}
    assert await client.json("POST", STATION) == (200, {"rows": gone, "files": 3, "complete": True})
    assert (await records.transactions.page(), broker.files.uploads()) == ([], [])
    assert records.registrations.get("CP1") is None
    assert len(await records.connectors.of("CP2")) == 1
    assert await client.json("POST", STATION) == (200, {"rows": {}, "files": 0, "complete": True})


async def test_of_one_that_is_connected_something_may_be_left(client: Any, broker: Any, records: Records) -> None:
    broker.sessions.connect("CP1")
    status, body = await client.json("POST", STATION)
    assert (status, body["complete"]) == (200, False)
    assert await records.connectors.of("CP1") == []


async def test_a_token_is_taken_out_of_what_holds_it(client: Any, records: Records) -> None:
    assert await client.json("POST", TOKEN) == (200, {"rows": {"token": 1, "charging_transaction": 1}})
    assert await records.tokens.find("card") is None
    assert [row.token for row in await records.transactions.page()] == [""]
    assert await client.json("POST", TOKEN) == (200, {"rows": {}})


@pytest.mark.usefixtures("records")
async def test_who_did_it_is_in_the_audit_log_and_no_token_is(client: Any) -> None:
    with capture_logs() as logs:
        await client.json("POST", TOKEN)
        await client.json("POST", STATION)
    token, station = (entry for entry in logs if entry["event"] in ("token forgotten", "station forgotten"))
    assert (token["by"], token["status"], token["rows"]) == ("test-admin", 200, {"token": 1, "charging_transaction": 1})
    assert (station["by"], station["identity"], station["files"]) == ("test-admin", "CP1", 3)
    assert "card" not in str(logs).lower()


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("path", [STATION, TOKEN])
async def test_it_takes_an_admin(client: Any, broker: Any, path: str) -> None:
    assert (await client.json("POST", path, "operator"))[0] == 403
    assert len(await broker.records.transactions.page(token="card")) == 1


@pytest.mark.parametrize("path", [STATION, TOKEN])
async def test_a_body_says_nothing(client: Any, path: str) -> None:
    assert (await client.json("POST", path, json={"all": True}))[0] == 422
    assert (await client.json("POST", path, json={}))[0] == 200


@pytest.mark.parametrize(
    ("path", "problem"),
    [("stations/%00/forget", "unknown-station"), ("tokens/%00/forget", "unknown-token")],
)
async def test_what_can_be_no_name_is_404(client: Any, path: str, problem: str) -> None:
    status, body = await client.json("POST", f"/api/v1/{path}")
    assert (status, body["type"]) == (404, f"/api/v1/problems/{problem}")


@pytest.mark.parametrize(("path", "name"), [(STATION, "forget_station"), (TOKEN, "forget_token")])
async def test_a_store_that_has_failed_is_503(
    client: Any, records: Records, path: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> Any:
        raise StoreFailed("the disk is gone")

    monkeypatch.setattr(records, name, fails)
    with capture_logs() as logs:
        assert (await client.json("POST", path))[0] == 503
    assert [entry["status"] for entry in logs if "forgotten" in entry["event"]] == [503]
