"""The plugins and their chains."""

from typing import Any


async def test_the_list(client: Any) -> None:
    status, body = await client.json("GET", "/api/v1/plugins", "viewer")
    assert (status, [row["name"] for row in body["plugins"]]) == (200, ["ocpp16.core", "my:Plugin"])


async def test_one(client: Any) -> None:
    assert (await client.json("GET", "/api/v1/plugins/my%3APlugin"))[1]["module"] == "my"
    status, body = await client.json("GET", "/api/v1/plugins/none")
    assert (status, body["type"]) == (404, "/api/v1/problems/unknown-plugin")


async def test_chains(client: Any) -> None:
    _, body = await client.json("GET", "/api/v1/chains")
    assert list(body["chains"]) == ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
    _, body = await client.json("GET", "/api/v1/chains?version=ocpp2.1")
    assert [row["answer"] for row in body["chains"]["ocpp2.1"]] == ["core for ocpp2.1"]
    assert (await client.json("GET", "/api/v1/chains?version=ocpp1.5"))[0] == 400
