"""GET /api/v1/security-events."""

from typing import Any

import pytest

from broker.records import Records

PATH = "/api/v1/security-events"
T0 = 1_767_225_600.0  # 2026-01-01T00:00:00Z


@pytest.fixture
def add(broker: Any) -> Any:
    records: Records = broker.records

    def one(second: float, identity: str = "CP1", type: str = "Reboot", **more: Any) -> None:  # noqa: A002
        values = {"at": T0 + second, "received_at": T0 + second + 1, "tech_info": "x", **more}
        records.later(records.security_events.add(identity, type, **values))

    return one


async def _found(client: Any, query: str) -> list[dict[str, Any]]:
    status, body = await client.json("GET", f"{PATH}?{query}", "viewer")
    assert status == 200
    return list(body["events"])


async def test_everything_about_an_event(client: Any, add: Any) -> None:
    add(0.25)
    (row,) = await _found(client, "")
    assert row.pop("id") > 0
    assert row == {
        "identity": "CP1",
        "type": "Reboot",
        "at": "2026-01-01T00:00:00.250Z",
        "received_at": "2026-01-01T00:00:01.250Z",
        "tech_info": "x",
    }


async def test_a_time_that_no_calendar_has_is_null(client: Any, add: Any) -> None:
    add(0, at=1e300)
    assert (await _found(client, ""))[0]["at"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2, 3]),
        ("identity=CP2", [2]),
        ("type=Tamper", [3]),
        ("since=2026-01-01T00:00:02Z&until=2026-01-01T00:00:04Z", [1, 2]),
    ],
)
async def test_events_can_be_picked(client: Any, add: Any, query: str, found: list[int]) -> None:
    for second, more in enumerate([{}, {}, {"identity": "CP2"}, {"type": "Tamper"}]):
        add(second, tech_info=str(second), **more)
    assert [int(row["tech_info"]) for row in await _found(client, query)] == found


async def test_pages_follow_each_other(client: Any, add: Any) -> None:
    for second in range(5):
        add(second, tech_info=str(second))
    seen, after = "", 0
    for _ in range(3):
        _, body = await client.json("GET", f"{PATH}?limit=2&after={after}")
        seen += "".join(row["tech_info"] for row in body["events"])
        after = body.get("next", -1)
    assert (seen, after) == ("01234", -1)


@pytest.mark.parametrize("query", ["limit=0", "after=-1", "since=now", "until=1", "type=", "action=x"])
async def test_a_wrong_query_is_400(client: Any, query: str) -> None:
    assert (await client.json("GET", f"{PATH}?{query}"))[0] == 400
