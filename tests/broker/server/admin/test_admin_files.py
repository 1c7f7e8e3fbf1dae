"""/api/v1/files."""

from typing import Any

import pytest
from files_kit import FILE, upload

from broker.store import StoreFailed

PATH = "/api/v1/files"
FIRST, SECOND, THIRD = (f"{FILE[:-1]}{digit}" for digit in "def")


@pytest.fixture
def files(broker: Any) -> Any:
    return broker.files


async def test_the_list(client: Any) -> None:
    status, body = await client.json("GET", PATH, "viewer")
    assert (status, [row["id"] for row in body["files"]]) == (200, [FIRST, SECOND, THIRD])
    assert body["files"][0] == {
        "id": FIRST,
        "identity": "CP1",
        "purpose": "diagnostics",
        "name": "log.txt",
        "bytes": 5,
        "at": "2023-11-14T22:13:20.000Z",
    }


@pytest.mark.parametrize(
    ("query", "found", "following"),
    [
        ("identity=CP2", [], None),
        ("identity=CP1&purpose=diagnostics", [FIRST, SECOND, THIRD], None),
        ("purpose=log", [], None),
        ("limit=2", [FIRST, SECOND], SECOND),
        (f"limit=2&after={SECOND}", [THIRD], None),
        (f"limit=3&after={FIRST}", [SECOND, THIRD], None),
        ("limit=3", [FIRST, SECOND, THIRD], None),
    ],
)
async def test_the_list_can_be_picked_and_paged(client: Any, query: str, found: list[str], following: Any) -> None:
    _, body = await client.json("GET", f"{PATH}?{query}")
    assert ([row["id"] for row in body["files"]], body.get("next")) == (found, following)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "identity=", "path=/etc/passwd"])
async def test_a_wrong_query_is_400(client: Any, query: str) -> None:
    assert (await client.json("GET", f"{PATH}?{query}"))[0] == 400


async def test_a_file_comes_as_it_is_and_is_never_shown_by_a_browser(client: Any, files: Any) -> None:
    files.add(upload(13, name='<b>"ü\r\n.html'))
    async with client.ask("GET", f"{PATH}/{FIRST}", "operator") as answer:
        assert (answer.status, await answer.read()) == (200, b"ddddd")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith(f'attachment; filename="{FIRST}"; ')
        assert disposition.endswith("filename*=UTF-8''%3Cb%3E%22%C3%BC%0D%0A.html")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_file_without_a_name(client: Any, files: Any) -> None:
    files.add(upload(13, name=""))
    async with client.ask("GET", f"{PATH}/{FIRST}") as answer:
        assert answer.headers["Content-Disposition"].endswith(f"filename*=UTF-8''{FIRST}")


@pytest.mark.parametrize("name", [f"{FILE[:-1]}0", "..", "%2e%2e%2fswitchboard.yaml", "%00", "x" * 500])
async def test_a_file_that_is_not_there(client: Any, name: str) -> None:
    for method in ("GET", "DELETE"):
        status, body = await client.json(method, f"{PATH}/{name}")
        assert (status, body["status"]) == (404, 404)


async def test_deleting(client: Any, files: Any) -> None:
    assert await client.json("DELETE", f"{PATH}/{SECOND}", "operator") == (200, {"status": "deleted"})
    assert sorted(files.kept) == [FIRST, THIRD]
    assert (await client.json("DELETE", f"{PATH}/{SECOND}"))[0] == 404


async def test_one_that_somebody_else_has_deleted_meanwhile(client: Any, files: Any) -> None:
    async def gone(number: str) -> bool:
        return False

    files.remove = gone
    assert (await client.json("DELETE", f"{PATH}/{SECOND}"))[0] == 404


async def test_a_store_that_fails_is_said(client: Any, files: Any) -> None:
    files.fault = StoreFailed("disk full")
    assert (await client.json("DELETE", f"{PATH}/{SECOND}"))[0] == 503


async def test_content_takes_an_operator_and_is_logged(client: Any, files: Any, capsys: Any) -> None:
    for method in ("GET", "DELETE"):
        async with client.ask(method, f"{PATH}/{FIRST}", "viewer") as answer:
            assert answer.status == 403
    capsys.readouterr()
    async with client.ask("GET", f"{PATH}/{FIRST}", "operator"):
        pass
    await client.json("DELETE", f"{PATH}/{FIRST}", "operator")
    logged = capsys.readouterr()
    for word in ("file fetched", "file deleted", "test-operator", FIRST, "CP1"):
        assert word in logged.out + logged.err
