"""PUT and DELETE /api/v1/stations/{identity}."""

import asyncio
from typing import Any

import pytest

from broker.config import Stations
from broker.records import Registration, StoreFailed
from broker.server.admin.problems import ApiProblem
from broker.server.admin.registrations import order_of, shown, with_registration
from broker.server.credentials import Password, hash_password

PATH = "/api/v1/stations/CP1"
SECRET = "a-secret-password"
KNOWN = [
    {"identity": "CP1", "password": "of-the-file-000001"},
    {"identity": "CP2", "serial_number": "SN2"},
    {"identity": "CP3", "security_profile": 2, "password": "of-the-file-000003"},
]


@pytest.fixture(autouse=True)
def _known(broker: Any) -> None:
    """What the broker's sessions show of stations is told elsewhere."""
    broker.sessions.registered = ["CP1", "CP2", "CP3", "CP9", "a/b"]


@pytest.fixture
def registrations(broker: Any) -> Any:
    return broker.records.registrations


def configure(broker: Any, make_config: Any, tmp_path: Any) -> None:
    broker.config = make_config(tmp_path, stations=Stations.model_validate({"known": KNOWN}))


async def put(client: Any, body: Any, path: str = PATH, who: str = "operator") -> tuple[int, Any]:
    found: tuple[int, Any] = await client.json("PUT", path, who, json=body)
    return found


def faults(answer: tuple[int, Any]) -> list[str]:
    status, body = answer
    assert status == 422
    return [fault["path"] for fault in body["errors"]]


# --- PUT --------------------------------------------------------------------------------------------------------------


async def test_a_station_is_registered_with_all_that_is_said(client: Any, registrations: Any) -> None:
    body = {"password": SECRET, "security_profile": 2, "tags": {"floor": 3}, "serial_number": "SN1", "boot": "pending"}
    status, answer = await put(client, body)
    found = registrations.get("CP1")
    assert (status, found.security_profile, found.tags) == (200, 2, {"floor": "3"})
    assert (found.serial_number, found.boot) == ("SN1", "pending")
    assert Password.parse(found.password).matches(SECRET.encode())
    assert {key: value for key, value in answer["registration"].items() if not key.endswith("_at")} == {
        "password": True, "security_profile": 2, "tags": {"floor": "3"}, "serial_number": "SN1", "boot": "pending",
    }  # fmt: skip
    assert answer["identity"] == "CP1"


async def test_nothing_has_to_be_said(client: Any, registrations: Any) -> None:
    assert (await put(client, {}))[0] == 200
    found = registrations.get("CP1")
    assert (found.password, found.security_profile, found.tags, found.serial_number, found.boot) == (
        None, None, {}, None, None,
    )  # fmt: skip


async def test_it_replaces_the_registration_but_a_password_that_is_left_out_stays(
    client: Any, registrations: Any
) -> None:
    await put(client, {"password": SECRET, "tags": {"a": "b"}, "boot": "rejected"})
    first = registrations.get("CP1")
    await put(client, {"boot": "accepted"})
    second = registrations.get("CP1")
    assert (second.password, second.tags, second.boot) == (first.password, {}, "accepted")
    assert second.created_at == first.created_at
    assert second.updated_at >= first.updated_at


async def test_null_takes_the_password_away(client: Any, registrations: Any) -> None:
    await put(client, {"password": SECRET})
    await put(client, {"password": None, "security_profile": None})
    assert registrations.get("CP1").password is None


@pytest.mark.parametrize(
    ("written", "sent"), [("text", b"text"), ("hex:00ff", b"\x00\xff"), (hash_password("other"), b"other")]
)
async def test_only_a_digest_of_a_password_is_kept(client: Any, registrations: Any, written: str, sent: bytes) -> None:
    await put(client, {"password": written})
    kept = registrations.get("CP1").password
    assert kept.startswith("sha256$")
    assert Password.parse(kept).matches(sent)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (None, ""), ([], ""), ("CP1", ""), ({"pasword": "x"}, "pasword"), ({"password": ""}, "password"),
        ({"password": 5}, "password"), ({"password": "hex:0"}, "password"), ({"password": "sha256$a$b"}, "password"),
        ({"password": "x" * 1025}, "password"), ({"security_profile": 4}, "security_profile"),
        ({"security_profile": True}, "security_profile"), ({"security_profile": "two"}, "security_profile"),
        ({"tags": []}, "tags"), ({"tags": {"a": None}}, "tags.a"), ({"tags": {str(n): "" for n in range(65)}}, "tags"),
        ({"serial_number": ""}, "serial_number"), ({"boot": "Accepted"}, "boot"),
    ],
)  # fmt: skip
def test_a_body_of_another_shape_says_where(body: Any, where: str) -> None:
    with pytest.raises(ApiProblem) as caught:
        order_of(body)
    assert [fault["path"] for fault in caught.value._members["errors"]] == [where]


async def test_every_fault_is_told_and_no_value_of_it(client: Any, registrations: Any) -> None:
    body = {"password": f"hex:{SECRET}", "security_profile": 9, "boot": SECRET, SECRET: 1}
    status, answer = await put(client, body)
    assert len(faults((status, answer))) == 4
    assert SECRET not in str([fault for fault in answer["errors"] if fault["path"] != SECRET])
    assert registrations.get("CP1") is None


async def test_a_file_is_not_read_for_a_password(client: Any, registrations: Any, tmp_path: Any) -> None:
    """As the configuration does: over the network that would be anybody's file."""
    (tmp_path / "secret").write_text("of-the-file")
    await put(client, {"password": f"file:{tmp_path}/secret"})
    kept = Password.parse(registrations.get("CP1").password)
    assert [kept.matches(one) for one in (b"of-the-file", f"file:{tmp_path}/secret".encode())] == [False, True]


@pytest.mark.parametrize("profile", [1, 2])
async def test_basic_authentication_needs_a_password_of_either(
    client: Any, broker: Any, make_config: Any, tmp_path: Any, profile: int
) -> None:
    assert faults(await put(client, {"security_profile": profile})) == ["password"]
    assert (await put(client, {"security_profile": profile, "password": SECRET}))[0] == 200
    assert (await put(client, {"security_profile": profile}))[0] == 200
    assert faults(await put(client, {"security_profile": profile, "password": None})) == ["password"]
    configure(broker, make_config, tmp_path)
    assert (await put(client, {"security_profile": profile, "password": None}))[0] == 200


async def test_a_profile_of_the_file_needs_a_password_too(
    client: Any, broker: Any, make_config: Any, tmp_path: Any
) -> None:
    known = [{"identity": "CP1", "security_profile": 3}]
    broker.config = make_config(tmp_path, stations=Stations.model_validate({"known": known}))
    assert (await put(client, {}))[0] == 200
    assert faults(await put(client, {"security_profile": 1})) == ["password"]


async def test_a_serial_number_is_one_stations(
    client: Any, broker: Any, make_config: Any, tmp_path: Any, registrations: Any
) -> None:
    configure(broker, make_config, tmp_path)
    assert faults(await put(client, {"serial_number": "SN2"})) == ["serial_number"]
    assert (await put(client, {"serial_number": "SN2"}, "/api/v1/stations/CP2"))[0] == 200
    for _ in range(2):
        assert (await put(client, {"serial_number": "SN9"}))[0] == 200
    assert faults(await put(client, {"serial_number": "SN9"}, "/api/v1/stations/CP9")) == ["serial_number"]
    await put(client, {"serial_number": "SN3"}, "/api/v1/stations/CP2")
    assert (await put(client, {"serial_number": "SN2"}, "/api/v1/stations/CP9"))[0] == 200  # the file's is over
    assert registrations.get("CP9").serial_number == "SN2"


async def test_two_that_come_at_once_do_not_get_one_serial_number(client: Any, registrations: Any) -> None:
    bodies = [put(client, {"serial_number": "SN1"}, f"/api/v1/stations/{one}") for one in ("CP1", "CP9")]
    assert sorted(status for status, _ in await asyncio.gather(*bodies)) == [200, 422]
    assert [row.serial_number for row in registrations.all()] == ["SN1"]


async def test_an_identity_is_percent_encoded(client: Any, registrations: Any) -> None:
    assert (await put(client, {}, "/api/v1/stations/a%2Fb"))[0] == 200
    assert registrations.get("a/b") is not None
    assert (await put(client, {}, "/api/v1/stations/%00"))[0] == 404


# --- DELETE, and what is shown ----------------------------------------------------------------------------------------


async def test_a_registration_is_forgotten(client: Any, registrations: Any) -> None:
    await put(client, {"password": SECRET})
    assert await client.json("DELETE", PATH, "operator") == (200, {"status": "unregistered"})
    assert registrations.get("CP1") is None
    status, answer = await client.json("DELETE", PATH, "operator")
    assert (status, answer["type"]) == (404, "/api/v1/problems/unknown-station")


async def test_a_station_shows_its_registration_and_never_the_password(client: Any) -> None:
    assert "registration" not in (await client.json("GET", PATH, "viewer"))[1]
    await put(client, {"password": SECRET})
    for path in (PATH, "/api/v1/stations"):
        async with client.ask("GET", path, "viewer") as response:
            text = await response.text()
        assert '"registration":{"password":true' in text
        assert "sha256" not in text


def test_times_are_shown_as_text() -> None:
    row = shown(Registration(identity="CP1", created_at=0.0, updated_at=1.5))
    assert (row["created_at"], row["updated_at"]) == ("1970-01-01T00:00:00.000Z", "1970-01-01T00:00:01.500Z")
    assert row["password"] is False


def test_only_who_is_registered_at_run_time_shows_it() -> None:
    book: Any = {"CP1": Registration(identity="CP1")}
    assert "registration" in with_registration({"identity": "CP1"}, book)
    assert with_registration({"identity": "CP2"}, book) == {"identity": "CP2"}


# --- who may, and what is logged --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_change_takes_an_operator(client: Any, registrations: Any, method: str) -> None:
    await registrations.put(Registration(identity="CP1", boot="pending"))
    assert (await client.json(method, PATH, "viewer", json={}))[0] == 403
    assert registrations.get("CP1").boot == "pending"


async def test_a_change_is_logged_without_the_password(client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    await put(client, {"password": SECRET, "tags": {"site": "secret-site"}})
    await put(client, {"password": f"hex:{SECRET}"})
    await client.json("DELETE", PATH, "operator")
    logged = "".join(capsys.readouterr())
    for word in ("station registered", "station unregistered", "test-operator", "CP1", "password", "422", "200"):
        assert word in logged
    assert "secret-" not in logged
    assert "sha256" not in logged


async def test_a_disk_that_fails_changes_nothing(client: Any, registrations: Any, monkeypatch: Any) -> None:
    async def fail(*_: Any) -> None:
        raise StoreFailed("full")

    monkeypatch.setattr(registrations, "put", fail)
    assert (await put(client, {"password": SECRET}))[0] == 503
    assert registrations.get("CP1") is None
