"""/api/v1/tokens."""

from typing import Any

import pytest

from broker.config.tokens import TokenEntry
from broker.records import StoreFailed, Token
from broker.server.provisioning import token_book

PATH = "/api/v1/tokens"
ONE = f"{PATH}/04A2B3C4"
FULL = {
    "status": "Blocked", "expires": "2027-01-31T12:00:00+02:00", "parent": "GROUP", "parent_type": "Central",
    "type": "ISO14443", "note": "van 7", "language": "de",
}  # fmt: skip


@pytest.fixture
def tokens_of(broker: Any) -> Any:
    return broker.records.tokens


def of_the_file(book: Any, **entries: Any) -> None:
    book.configure(token_book({one: TokenEntry.model_validate(entry) for one, entry in entries.items()}))


async def test_a_token_is_set_and_shown_with_all_that_is_said(client: Any) -> None:
    status, answer = await client.json("PUT", ONE, "operator", json=FULL)
    assert status == 200
    assert answer.pop("updated_at").endswith("Z")
    assert answer == {**FULL, "id": "04A2B3C4", "expires": "2027-01-31T10:00:00Z", "source": "api"}
    assert (await client.json("GET", ONE, "operator"))[1]["parent"] == "GROUP"


async def test_nothing_has_to_be_said_and_nothing_is_kept(client: Any) -> None:
    await client.json("PUT", ONE, json=FULL)
    _, answer = await client.json("PUT", ONE, json={})
    assert set(answer) == {"id", "status", "source", "updated_at"}
    assert answer["status"] == "Accepted"


async def test_case_makes_no_difference(client: Any, tokens_of: Any) -> None:
    await client.json("PUT", ONE, json={})
    await client.json("PUT", f"{PATH}/04a2b3c4", json={"status": "Blocked"})
    assert (await client.json("GET", ONE))[1]["status"] == "Blocked"
    assert len(await tokens_of.all()) == 1
    assert (await client.json("DELETE", f"{PATH}/04a2B3C4"))[0] == 200
    assert await tokens_of.all() == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ([], ""), ("Blocked", ""), ({"status": "blocked"}, "status"), ({"id": "X"}, "id"),
        ({"expires": 5}, "expires"), ({"parent": ""}, "parent"), ({"note": "x" * 256}, "note"),
    ],
)  # fmt: skip
async def test_a_wrong_body_says_where_and_sets_nothing(client: Any, tokens_of: Any, body: Any, where: str) -> None:
    status, answer = await client.json("PUT", ONE, json=body)
    assert (status, [fault["path"] for fault in answer["errors"]]) == (422, [where])
    assert await tokens_of.all() == []


@pytest.mark.parametrize("path", [f"{PATH}/{'x' * 256}", f"{PATH}/%00", f"{PATH}/a%0Ab"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_what_can_be_no_token_is_404(client: Any, method: str, path: str) -> None:
    options = {"json": {}} if method == "PUT" else {}
    status, answer = await client.json(method, path, **options)
    assert (status, answer["type"]) == (404, "/api/v1/problems/unknown-token")


async def test_a_token_may_hold_a_slash(client: Any, tokens_of: Any) -> None:
    await client.json("PUT", f"{PATH}/a%2Fb", json={})
    assert [token.id for token in await tokens_of.all()] == ["a/b"]


async def test_a_token_that_nobody_knows(client: Any) -> None:
    for method in ("GET", "DELETE"):
        assert (await client.json(method, ONE))[0] == 404


async def test_a_token_of_the_file_is_shown_and_can_be_overruled_but_not_deleted(client: Any, tokens_of: Any) -> None:
    of_the_file(tokens_of, **{"04A2B3C4": "Blocked"})
    assert (await client.json("GET", ONE))[1] == {"id": "04A2B3C4", "status": "Blocked", "source": "file"}
    status, answer = await client.json("DELETE", ONE)
    assert (status, answer["type"]) == (409, "/api/v1/problems/configured")
    await client.json("PUT", ONE, json={})
    assert (await client.json("GET", ONE))[1]["source"] == "api"
    assert (await client.json("DELETE", ONE))[1] == {"status": "deleted"}
    assert (await client.json("GET", ONE))[1]["source"] == "file"


# --- the list ---------------------------------------------------------------------------------------------------------


async def test_the_list_goes_by_pages_with_those_of_the_file_in_it(client: Any, tokens_of: Any) -> None:
    of_the_file(tokens_of, T1="Accepted", T3="Blocked")
    await tokens_of.put_many([Token(id="t2"), Token(id="T4", status="Blocked")])
    _, answer = await client.json("GET", f"{PATH}?limit=3", "operator")
    assert ([row["id"] for row in answer["tokens"]], answer["next"]) == (["T1", "t2", "T3"], "T3")
    _, answer = await client.json("GET", f"{PATH}?limit=3&after=T3")
    assert ([row["id"] for row in answer["tokens"]], "next" in answer) == (["T4"], False)
    _, answer = await client.json("GET", f"{PATH}?status=Blocked")
    assert [row["id"] for row in answer["tokens"]] == ["T3", "T4"]


async def test_a_full_page_that_is_the_last_has_no_next(client: Any, tokens_of: Any) -> None:
    await tokens_of.put_many([Token(id="A"), Token(id="B")])
    _, answer = await client.json("GET", f"{PATH}?limit=2")
    assert (len(answer["tokens"]), "next" in answer) == (2, False)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "status=blocked", "after=", "identity=CP1"])
async def test_a_wrong_query_is_400(client: Any, query: str) -> None:
    assert (await client.json("GET", f"{PATH}?{query}"))[0] == 400


# --- import -----------------------------------------------------------------------------------------------------------


async def test_a_list_is_imported(client: Any, tokens_of: Any) -> None:
    rows = [{"id": "A", "status": "Blocked"}, {"id": "B"}]
    assert await client.json("POST", f"{PATH}/import", "operator", json=rows) == (200, {"tokens": 2, "imported": 2})
    assert [(token.id, token.status) for token in await tokens_of.all()] == [("A", "Blocked"), ("B", "Accepted")]


@pytest.mark.parametrize("media_type", ["text/csv", "text/csv; charset=utf-8; header=present"])
async def test_csv_is_imported(client: Any, tokens_of: Any, media_type: str) -> None:
    data = b"\xef\xbb\xbfid,status,note\r\nA,Blocked,\xc3\xa4\r\n"
    answer = await client.json("POST", f"{PATH}/import", data=data, headers={"Content-Type": media_type})
    assert answer == (200, {"tokens": 1, "imported": 1})
    assert [(token.id, token.note) for token in await tokens_of.all()] == [("A", "ä")]


async def test_many_are_imported_by_the_thousand(client: Any, tokens_of: Any, monkeypatch: Any) -> None:
    sizes = []
    put_many = tokens_of.put_many

    async def counted(tokens: Any) -> int:
        sizes.append(len(tokens))
        return int(await put_many(tokens))

    monkeypatch.setattr(tokens_of, "put_many", counted)
    _, answer = await client.json("POST", f"{PATH}/import", json=[{"id": f"T{number}"} for number in range(2001)])
    assert (answer, sizes) == ({"tokens": 2001, "imported": 2001}, [1000, 1000, 1])


async def test_one_wrong_row_and_nothing_is_imported(client: Any, tokens_of: Any) -> None:
    headers = {"Content-Type": "text/csv"}
    data = "id,status\nA,Blocked\nB,Bocked\n,Accepted\na,\n"
    status, answer = await client.json("POST", f"{PATH}/import", data=data, headers=headers)
    assert status == 422
    assert [fault["path"] for fault in answer["errors"]] == ["line 3.status", "line 4.id", "line 5.id"]
    assert await tokens_of.all() == []


async def test_check_only_looks(client: Any, tokens_of: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = f"{PATH}/import?check=true"
    assert await client.json("POST", path, json=[{"id": "A"}]) == (200, {"tokens": 1, "imported": 0})
    assert (await client.json("POST", path, json=[{}]))[0] == 422
    assert await tokens_of.all() == []
    assert "tokens imported" not in "".join(capsys.readouterr())
    assert (await client.json("POST", f"{PATH}/import?check=false", json=[{"id": "A"}]))[1]["imported"] == 1


@pytest.mark.parametrize(
    ("headers", "data", "status"),
    [
        ({"Content-Type": "text/csv; charset=latin-1"}, b"id\nA\n", 415),
        ({"Content-Type": "text/csv", "Content-Encoding": "gzip"}, b"id\nA\n", 415),
        ({"Content-Type": "text/plain"}, b"id\nA\n", 415),
        ({"Content-Type": "text/csv"}, b"id\n\xff\n", 422),
        ({"Content-Type": "text/csv"}, b"", 422),
        ({"Content-Type": "application/json"}, b"id\nA\n", 400),
    ],
)
async def test_what_is_neither_is_refused(client: Any, headers: dict[str, str], data: bytes, status: int) -> None:
    assert (await client.json("POST", f"{PATH}/import", data=data, headers=headers))[0] == status


@pytest.mark.parametrize("query", ["check=yes", "check=", "dry=true"])
async def test_a_wrong_query_of_an_import_is_400(client: Any, query: str) -> None:
    assert (await client.json("POST", f"{PATH}/import?{query}", json=[{"id": "A"}]))[0] == 400


async def test_a_disk_that_fails_in_between_is_told(
    client: Any, tokens_of: Any, monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    put_many, written = tokens_of.put_many, []

    async def fails(tokens: Any) -> int:
        if written:
            raise StoreFailed("full")
        written.append(tokens)
        return int(await put_many(tokens))

    monkeypatch.setattr(tokens_of, "put_many", fails)
    rows = [{"id": f"T{number}"} for number in range(1500)]
    assert (await client.json("POST", f"{PATH}/import", json=rows))[0] == 503
    logged = "".join(capsys.readouterr())
    assert "tokens imported" in logged
    assert "1000" in logged


# --- who may, and what is logged --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"), [("GET", PATH), ("GET", ONE), ("PUT", ONE), ("DELETE", ONE), ("POST", f"{PATH}/import")]
)
async def test_a_viewer_does_not_even_see_them(client: Any, method: str, path: str) -> None:
    """With an idTag one can charge."""
    assert (await client.json(method, path, "viewer", json=[]))[0] == 403


async def test_no_log_has_a_token(
    client: Any, capsys: pytest.CaptureFixture[str], broker: Any, monkeypatch: Any
) -> None:
    async def fails(*_: Any) -> None:
        raise StoreFailed("full")

    await client.json("PUT", ONE, "operator", json={"parent": "04A2B3C4"})
    await client.json("PUT", ONE, "viewer", json={})
    await client.json("GET", ONE, None)
    await client.json("PUT", ONE, json={"status": "04A2B3C4"})
    await client.json("DELETE", ONE)
    await client.json("POST", f"{PATH}/import", json=[{"id": "04A2B3C4"}, {"id": "04a2b3c4"}])
    monkeypatch.setattr(broker.records.tokens, "find", fails)
    assert (await client.json("GET", ONE))[0] == 503
    logged = "".join(capsys.readouterr())
    for word in (
        "token set",
        "token deleted",
        "tokens imported",
        "test-operator",
        "admin access refused",
        "/tokens/...",
    ):
        assert word in logged
    assert "04a2b3c4" not in logged.lower()


async def test_no_problem_has_a_token(client: Any) -> None:
    for method, body in (("GET", None), ("DELETE", None), ("PUT", {"parent": "04A2B3C4" * 40})):
        async with client.ask(method, ONE, json=body) as response:
            assert response.status >= 400
            assert "04A2B3C4" not in await response.text()
