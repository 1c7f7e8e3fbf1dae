"""/api/v1/outbox/dead."""

from typing import Any

import pytest
from backends_kit import message

from broker.server.admin.dead import Letters, letters_of
from broker.server.admin.problems import ApiProblem

PATH = "/api/v1/outbox/dead"
CHANGES = [("POST", f"{PATH}/replay", "replayed"), ("DELETE", PATH, "dropped")]


@pytest.fixture
def deliveries(broker: Any) -> Any:
    return broker.sessions.deliveries


async def test_the_list_has_the_reason(client: Any) -> None:
    status, body = await client.json("GET", PATH, "viewer")
    assert (status, [row["id"] for row in body["messages"]]) == (200, [7, 8, 9])
    assert body["messages"][0]["reason"] == "refused"
    assert body["messages"][0]["payload"] == {}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("identity=CP2", [9]),
        ("upstream=main", [7, 8, 9]),
        ("upstream=billing", []),
        ("identity=CP1&limit=1", [7]),
        ("after=7&limit=1", [8]),
    ],
)
async def test_the_list_can_be_picked_and_paged(client: Any, query: str, found: list[int]) -> None:
    _, body = await client.json("GET", f"{PATH}?{query}")
    assert [row["id"] for row in body["messages"]] == found
    assert body.get("next") == (found[-1] if "limit=1" in query else None)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "after=x", "identity=", "reason=refused"])
async def test_a_wrong_query_is_400(client: Any, query: str) -> None:
    assert (await client.json("GET", f"{PATH}?{query}"))[0] == 400


@pytest.mark.parametrize(("method", "path", "done"), CHANGES)
async def test_letters_by_id_and_those_that_are_none(
    client: Any, deliveries: Any, method: str, path: str, done: str
) -> None:
    status, body = await client.json(method, path, "operator", json={"ids": [8, 99, 7, 8]})
    assert (status, body) == (200, {done: 2, "missing": [99]})
    assert deliveries.batches == [(7, 8, 99)]


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"identity": "CP1"}, [9]),
        ({"upstream": "main"}, []),
        ({"identity": "CP2", "upstream": "main"}, [7, 8]),
        ({"identity": "CP2", "upstream": "billing"}, [7, 8, 9]),
    ],
)
async def test_all_of_a_station_or_an_upstream(
    client: Any, deliveries: Any, body: dict[str, str], left: list[int]
) -> None:
    assert await client.json("DELETE", PATH, json=body) == (200, {"dropped": 3 - len(left), "missing": []})
    assert sorted(deliveries.letters) == left


async def test_many_go_in_batches_and_none_is_met_twice(client: Any, deliveries: Any) -> None:
    """A letter that is replayed and dies again has another id, which comes after all others."""
    for number in range(10, 460):
        deliveries.bury(number, "CP1", "main")
    _, body = await client.json("POST", f"{PATH}/replay", json={"upstream": "main"})
    assert body == {"replayed": 453, "missing": []}
    assert sorted(number for batch in deliveries.batches for number in batch) == list(range(7, 460))
    assert max(map(len, deliveries.batches)) <= 200


FAULTS = [
    (None, ""),
    ([], ""),
    ({}, ""),
    ({"ids": []}, "ids"),
    ({"ids": 7}, "ids"),
    ({"ids": ["7"]}, "ids"),
    ({"ids": [True]}, "ids"),
    ({"ids": [0]}, "ids"),
    ({"ids": [2**63]}, "ids"),
    ({"ids": [7.0]}, "ids"),
    ({"ids": list(range(1, 1002))}, "ids"),
    ({"ids": [7], "identity": "CP1"}, ""),
    ({"ids": [7], "upstream": "main"}, ""),
    ({"identity": ""}, "identity"),
    ({"identity": 7}, "identity"),
    ({"upstream": None}, "upstream"),
    ({"upstream": "x" * 256}, "upstream"),
    ({"id": [7]}, "id"),
]


@pytest.mark.parametrize(("body", "path"), FAULTS)
def test_a_body_of_another_shape_says_where(body: Any, path: str) -> None:
    with pytest.raises(ApiProblem) as caught:
        letters_of(body)
    assert caught.value.status == 422
    assert caught.value._members["errors"][0]["path"] == path


def test_a_good_body() -> None:
    assert letters_of({"ids": list(range(1, 1001))}).ids == tuple(range(1, 1001))
    assert letters_of({"identity": "CP1"}) == Letters(None, "CP1", None)


@pytest.mark.parametrize(("method", "path", "done"), CHANGES)
async def test_a_wrong_body_touches_nothing(client: Any, deliveries: Any, method: str, path: str, done: str) -> None:
    for body, status in ((b"", 400), (b"{}", 422), (b"[7]", 422)):
        headers = {"Content-Type": "application/json"}
        assert (await client.json(method, path, data=body, headers=headers))[0] == status
    assert deliveries.batches == []


@pytest.mark.parametrize(("method", "path", "done"), CHANGES)
async def test_a_change_takes_an_operator_and_is_logged(
    client: Any, deliveries: Any, capsys: pytest.CaptureFixture[str], method: str, path: str, done: str
) -> None:
    assert (await client.json(method, path, "viewer", json={"ids": [7]}))[0] == 403
    assert deliveries.batches == []
    capsys.readouterr()
    await client.json(method, path, "operator", json={"ids": [7]})
    logged = capsys.readouterr()
    for word in ("dead letters", "test-operator", done, "7", "200"):
        assert word in logged.out + logged.err


async def test_a_station_may_have_the_name_of_a_path(client: Any, deliveries: Any) -> None:
    deliveries.waiting = {("dead", "replay"): [message(1)]}
    assert len((await client.json("GET", f"{PATH}/replay"))[1]["messages"]) == 1
    assert await client.json("DELETE", f"{PATH}/replay") == (200, {"dropped": 1})
    assert sorted(deliveries.letters) == [1, 7, 8, 9]
