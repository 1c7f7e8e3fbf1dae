"""The lives of updates and uploads, out of notifications in any order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp16.file_lives import (
    DIAGNOSTICS,
    ENDS,
    FIRMWARE,
    IDLE,
    LATE,
    MOST,
    ORDER,
    begun,
    booted,
    heard,
    nothing_to_bring,
    transferred,
)

AT = 1_700_000_000.0
ASKED = {"by": "api"}


def told(kind, *statuses, life=None, every=1.0, at=AT):
    """The life after these notifications, `every` so many seconds."""
    life = begun(ASKED, at) if life is None else life
    for number, status in enumerate(statuses, 1):
        life = heard(kind, life, status, at + number * every)
    return life


def passed(life):
    return [row["status"] for row in life["history"] if "status" in row and not row.get("late")]


def test_a_life_before_anything_was_heard():
    life = begun(ASKED, AT)
    assert (life["status"], life["since"], life["ended"], life["history"]) == (None, AT, False, [])


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        (FIRMWARE, ["Downloading", "Downloaded", "Installing", "Installed"]),  # 044_1
        (FIRMWARE, ["Downloading", "DownloadFailed"]),  # 044_2
        (FIRMWARE, ["Downloading", "Downloaded", "Installing", "InstallationFailed"]),  # 044_3
        (FIRMWARE, ["Installed"]),
        (DIAGNOSTICS, ["Uploading", "Uploaded"]),  # 045_1
        (DIAGNOSTICS, ["Uploading", "UploadFailed"]),  # 045_2
    ],
)
def test_a_life_from_its_beginning_to_its_end(kind, statuses):
    life = begun(ASKED, AT)
    for number, status in enumerate(statuses, 1):
        life = heard(kind, life, status, AT + number)
        assert (life["status"], life["since"], life["heard"]) == (status, AT + number, AT + number)
        assert life["ended"] is (number == len(statuses))
    assert passed(life) == statuses
    assert [row["at"] for row in life["history"]] == [AT + number for number in range(1, len(statuses) + 1)]
    assert life["asked"] == ASKED


def test_what_comes_twice_is_one():
    life = told(FIRMWARE, "Downloading", "Downloading", "Downloaded", "Downloaded", "Installed", "Installed")
    assert passed(life) == ["Downloading", "Downloaded", "Installed"]
    assert (life["since"], life["heard"]) == (AT + 5, AT + 6)


@pytest.mark.parametrize(
    ("statuses", "status", "ended"),
    [
        (["Downloading", "Installing", "Downloaded"], "Installing", False),
        (["Downloading", "Downloaded", "Installed", "Installing"], "Installed", True),
        (["Downloading", "Downloaded", "InstallationFailed", "Installing"], "InstallationFailed", True),
        (["Installed", "Downloading"], "Installed", True),
        (["Downloaded", "DownloadFailed"], "Downloaded", False),
    ],
)
def test_what_comes_late_turns_nothing_back(statuses, status, ended):
    life = told(FIRMWARE, *statuses)
    assert (life["status"], life["ended"]) == (status, ended)
    assert life["history"][-1] == {"status": statuses[-1], "at": AT + len(statuses), "late": True}
    again = heard(FIRMWARE, life, statuses[-1], AT + len(statuses) + 1)
    assert again["history"] == life["history"]


@pytest.mark.parametrize("idle_first", [True, False])
def test_idle_is_noted_and_ends_nothing(idle_first):
    """It answers a TriggerMessage: the station does nothing now, before its retrieveDate or behind its reboot."""
    life = begun(ASKED, AT) if idle_first else told(FIRMWARE, "Downloading", "Installing")
    before = (life["status"], life["since"], life["ended"], life["history"])
    life = heard(FIRMWARE, life, IDLE, AT + 50)
    assert (life["status"], life["since"], life["ended"], life["history"]) == before
    assert (life["idle"], life["heard"]) == (AT + 50, AT + 50)
    life = heard(FIRMWARE, life, "Installed", AT + 60)
    assert (life["status"], life["ended"], life["idle"]) == ("Installed", True, None)


def test_idle_after_the_end_takes_nothing_back():
    life = heard(FIRMWARE, told(FIRMWARE, "Downloading", "Installed"), IDLE, AT + 999)
    assert (life["status"], life["ended"], life["idle"]) == ("Installed", True, AT + 999)


def test_idle_of_a_station_that_nobody_has_asked():
    life = heard(DIAGNOSTICS, None, IDLE, AT)
    assert (life["status"], life["asked"], life["idle"], life["ended"]) == (None, None, AT, False)


@pytest.mark.parametrize(
    ("kind", "failed", "again"),
    [(FIRMWARE, "DownloadFailed", "Downloading"), (DIAGNOSTICS, "UploadFailed", "Uploading")],
)
def test_a_station_that_tries_again_goes_on(kind, failed, again):
    life = told(kind, again, failed, again)
    assert (life["status"], life["ended"], passed(life)) == (again, False, [again, failed, again])
    assert told(kind, ORDER[kind][-1], life=life, at=AT + 10)["ended"] is True
    assert life["asked"] == ASKED


def test_a_failure_may_be_followed_by_what_comes_after_it():
    life = told(
        FIRMWARE, "Downloading", "DownloadFailed", "Downloaded", "Installing", "InstallationFailed", "Installed"
    )
    assert (life["status"], life["ended"]) == ("Installed", True)


@pytest.mark.parametrize("status", ["Downloading", "Installing"])
def test_after_a_while_an_earlier_state_is_another_attempt(status):
    life = told(FIRMWARE, "Downloading", "Downloaded", "Installing", "InstallationFailed")
    life = heard(FIRMWARE, life, status, AT + 4 + LATE)
    assert (life["status"], life["ended"], life["asked"]) == (status, False, ASKED)


def test_an_update_that_nobody_asked_for_after_one_that_is_done():
    life = told(FIRMWARE, "Downloading", "Installed")
    life = heard(FIRMWARE, life, "Downloading", AT + 2 + LATE)
    assert (life["status"], life["asked"], passed(life)) == ("Downloading", None, ["Downloading"])
    assert (life["begun"], life["heard"]) == (AT + 2 + LATE, AT + 2 + LATE)


def test_what_the_update_before_still_had_to_say_does_not_take_the_new_ones_place():
    """Installed of the old one comes after the new one was asked for; Downloading is then the new one's beginning."""
    life = heard(FIRMWARE, begun(ASKED, AT), "Installed", AT + 1)
    life = heard(FIRMWARE, life, "Downloading", AT + 1 + LATE)
    assert (life["status"], life["ended"], life["asked"]) == ("Downloading", False, ASKED)


def test_a_boot_in_the_middle_is_noted():
    life = booted(told(FIRMWARE, "Installing"), "2.0", AT + 5)
    assert life["history"][-1] == {"boot": "2.0", "at": AT + 5}
    assert (life["status"], life["ended"]) == ("Installing", False)
    assert passed(heard(FIRMWARE, life, "Installed", AT + 6)) == ["Installing", "Installed"]


@pytest.mark.parametrize("life", [begun(ASKED, AT), told(FIRMWARE, "Installed")])
def test_a_boot_before_or_after_is_none_of_it(life):
    assert booted(life, "2.0", AT + 5) == life


def test_a_state_that_1_6_does_not_know_is_noted_and_is_none():
    life = told(FIRMWARE, "Downloading", "SignatureVerified" + "x" * 100)
    assert (life["status"], life["history"][-1]["status"]) == ("Downloading", "SignatureVerified" + "x" * 33)


def test_nothing_to_bring_is_the_end_until_something_comes_all_the_same():
    life = nothing_to_bring(begun(ASKED, AT), AT + 1)
    assert (life["ended"], life["nothing"], life["status"]) == (True, True, None)
    assert told(DIAGNOSTICS, "Uploading", life=life)["ended"] is False


def test_a_transfer_does_not_speak_for_the_station():
    life = transferred(told(DIAGNOSTICS, "Uploading"), {"ok": True, "bytes": 5})
    assert (life["status"], life["ended"], life["transfers"]) == ("Uploading", False, [{"ok": True, "bytes": 5}])


def test_what_is_kept_is_limited():
    life = begun(ASKED, AT)
    for number in range(200):
        status = ("DownloadFailed", "Downloading")[number % 2]
        life = transferred(heard(FIRMWARE, life, status, AT + number), {"number": number})
    assert (len(life["history"]), len(life["transfers"])) == (MOST, MOST)
    assert life["history"][-1]["at"] == AT + 199


NOTIFICATIONS = st.lists(st.tuples(st.sampled_from([*ORDER[FIRMWARE], IDLE, "Vendor"]), st.floats(0, 500)), max_size=30)


@given(NOTIFICATIONS)
def test_whatever_comes_the_life_is_consistent(notifications):
    life, at = begun(ASKED, AT), AT
    for status, pause in notifications:
        at += pause
        before = json.dumps(life)
        after = heard(FIRMWARE, life, status, at)
        assert json.dumps(life) == before, "the old one is not changed"
        life = after
        assert life["ended"] is (life["status"] in ENDS)
        assert life["heard"] == at >= life["since"] >= life["begun"]
        assert life["status"] is None or life["status"] in ORDER[FIRMWARE]
        if status == "Installed":
            assert life["status"] == "Installed", "a success is never taken for late"
        times = [row["at"] for row in life["history"]]
        assert times == sorted(times)
