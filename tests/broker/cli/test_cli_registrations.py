"""`switchboard stations register`, `set-password`, `set-boot`, `unregister`."""

import json

import pytest

PATH = "/api/v1/stations/CP%2F1"
SHOWN = {
    "password": True, "security_profile": 2, "tags": {"site": "a"}, "serial_number": "SN1", "boot": "pending",
    "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
}  # fmt: skip
STATION = {"identity": "CP/1", "registered": True, "connected": False, "tags": {}, "registration": SHOWN}


@pytest.fixture(autouse=True)
def _registered(admin):
    admin.answers["GET", PATH] = (200, STATION)
    admin.answers["PUT", PATH] = (200, STATION)
    admin.answers["DELETE", PATH] = (200, {"status": "unregistered"})


def put(admin):
    [body] = [asked["body"] for asked in admin.asked if asked["method"] == "PUT"]
    return body


def test_register_sends_what_was_said_and_nothing_else(invoke, admin):
    done = invoke(
        "stations", "register", "CP/1", "--password-stdin", "--security-profile", 2, "--tag", "site=a",
        "--tag", "q=b=c", "--serial-number", "SN1", "--boot", "pending", input="secret-password\n",
    )  # fmt: skip
    assert done.exit_code == 0
    assert put(admin) == {
        "password": "secret-password", "security_profile": 2, "tags": {"site": "a", "q": "b=c"}, "serial_number": "SN1",
        "boot": "pending",
    }  # fmt: skip
    assert [asked["method"] for asked in admin.asked] == ["PUT"]


def test_register_without_options_asks_for_no_password(invoke, admin):
    assert invoke("stations", "register", "CP/1", input="secret-password\n").exit_code == 0
    assert put(admin) == {}


def test_register_reads_a_password_file(invoke, admin, tmp_path):
    (tmp_path / "pw").write_text("secret-password\n")
    invoke("stations", "register", "CP/1", "--password-file", tmp_path / "pw")
    assert put(admin) == {"password": "secret-password"}


def test_the_registration_is_shown_without_the_password(invoke):
    done = invoke("stations", "register", "CP/1", "--password-stdin", input="secret-password\n")
    assert "identity          CP/1\npassword          yes\nsecurity_profile  2\n" in done.stdout
    assert "secret-password" not in done.stdout + done.stderr
    assert json.loads(invoke("stations", "register", "CP/1", "--json").stdout) == STATION


@pytest.mark.parametrize("tags", [["site"], ["=a"], ["site=a", "site=b"]])
def test_a_wrong_tag_is_refused_before_anybody_is_asked(invoke, admin, tags):
    options = [part for tag in tags for part in ("--tag", tag)]
    assert (invoke("stations", "register", "CP/1", *options).exit_code, admin.asked) == (2, [])


@pytest.mark.parametrize("options", [["--security-profile", "4"], ["--boot", "maybe"]])
def test_a_wrong_option_is_refused(invoke, admin, options):
    assert (invoke("stations", "register", "CP/1", *options).exit_code, admin.asked) == (2, [])


def test_every_fault_of_a_refused_registration_is_told(invoke, admin):
    errors = [{"path": "password", "detail": "a password: security profile 2 is Basic authentication"}]
    admin.answers["PUT", PATH] = (422, {"detail": "another shape", "errors": errors})
    done = invoke("stations", "register", "CP/1", "--security-profile", 2)
    assert done.exit_code == 2
    assert "password: expected a password: security profile 2" in done.stderr


def test_set_password_keeps_the_rest(invoke, admin):
    invoke("stations", "set-password", "CP/1", "--password-stdin", input="next-password\n")
    kept = {"security_profile": 2, "tags": {"site": "a"}, "serial_number": "SN1", "boot": "pending"}
    assert put(admin) == {**kept, "password": "next-password"}


def test_set_boot_keeps_the_rest_and_the_password(invoke, admin):
    done = invoke("stations", "set-boot", "CP/1", "accepted", "--json")
    assert put(admin) == {"security_profile": 2, "tags": {"site": "a"}, "serial_number": "SN1", "boot": "accepted"}
    assert json.loads(done.stdout) == STATION


@pytest.mark.parametrize(
    "answer", [(404, {"detail": "unknown"}), (200, {"identity": "CP/1", "registered": True, "connected": False})]
)
def test_a_station_that_was_not_registered_at_run_time_is_by_then(invoke, admin, answer):
    admin.answers["GET", PATH] = answer
    invoke("stations", "set-boot", "CP/1", "rejected")
    assert put(admin) == {"boot": "rejected"}


def test_nothing_is_put_when_the_old_registration_cannot_be_read(invoke, admin):
    admin.answers["GET", PATH] = (503, {"detail": "the disk"})
    done = invoke("stations", "set-boot", "CP/1", "rejected")
    assert done.exit_code == 1
    assert [asked["method"] for asked in admin.asked] == ["GET"]


def test_a_wrong_policy_is_refused(invoke, admin):
    assert (invoke("stations", "set-boot", "CP/1", "maybe").exit_code, admin.asked) == (2, [])


def test_unregister_takes_a_yes(invoke, admin):
    assert (invoke("stations", "unregister", "CP/1", input="").exit_code, admin.asked) == (2, [])
    assert invoke("stations", "unregister", "CP/1", "--yes").stdout == "CP/1 is as the configuration has it\n"
    assert json.loads(invoke("stations", "unregister", "CP/1", "--yes", "--json").stdout) == {"status": "unregistered"}
    assert [asked["method"] for asked in admin.asked] == ["DELETE", "DELETE"]
