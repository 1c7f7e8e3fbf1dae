"""The lives of updates and uploads, out of notifications in any order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.shared.file_lives import IDLE, LATE, MOST, Course, begun, booted, heard, over, transferred

UPDATE = Course(
    phases=(
        ("Downloading",),
        ("DownloadFailed",),
        ("Downloaded",),
        ("Installing",),
        ("InstallationFailed",),
        ("Installed",),
    ),
    ends=frozenset({"DownloadFailed", "InstallationFailed", "Installed"}),
    again={"Downloading": frozenset({"DownloadFailed"})},
)
UPLOAD = Course(
    phases=(("Uploading",), ("UploadFailed",), ("Uploaded",)),
    ends=frozenset({"UploadFailed", "Uploaded"}),
    again={"Uploading": frozenset({"UploadFailed"})},
)
NAMED = Course(
    phases=(("Downloading", "DownloadPaused"), ("Installing", "InstallRebooting"), ("Installed",)),
    ends=frozenset({"Installed"}),
    named=True,
)
AT = 1_700_000_000.0
ASKED = {"by": "api"}


def told(course, *statuses, life=None, every=1.0, at=AT):
    """The life after these notifications, `every` so many seconds."""
    life = begun(ASKED, at) if life is None else life
    for number, status in enumerate(statuses, 1):
        life = heard(course, life, status, at + number * every)
    return life


def passed(life):
    return [row["status"] for row in life["history"] if "status" in row and not row.get("late")]


def test_a_life_before_anything_was_heard():
    life = begun(ASKED, AT)
    assert (life["status"], life["since"], life["ended"], life["history"]) == (None, AT, False, [])


@pytest.mark.parametrize(
    ("course", "statuses"),
    [
        (UPDATE, ["Downloading", "Downloaded", "Installing", "Installed"]),  # 044_1
        (UPDATE, ["Downloading", "DownloadFailed"]),  # 044_2
        (UPDATE, ["Downloading", "Downloaded", "Installing", "InstallationFailed"]),  # 044_3
        (UPDATE, ["Installed"]),
        (UPLOAD, ["Uploading", "Uploaded"]),  # 045_1
        (UPLOAD, ["Uploading", "UploadFailed"]),  # 045_2
    ],
)
def test_a_life_from_its_beginning_to_its_end(course, statuses):
    life = begun(ASKED, AT)
    for number, status in enumerate(statuses, 1):
        life = heard(course, life, status, AT + number)
        assert (life["status"], life["since"], life["heard"]) == (status, AT + number, AT + number)
        assert life["ended"] is (number == len(statuses))
    assert passed(life) == statuses
    assert [row["at"] for row in life["history"]] == [AT + number for number in range(1, len(statuses) + 1)]
    assert life["asked"] == ASKED


def test_what_comes_twice_is_one():
    life = told(UPDATE, "Downloading", "Downloading", "Downloaded", "Downloaded", "Installed", "Installed")
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
    life = told(UPDATE, *statuses)
    assert (life["status"], life["ended"]) == (status, ended)
    assert life["history"][-1] == {"status": statuses[-1], "at": AT + len(statuses), "late": True}
    again = heard(UPDATE, life, statuses[-1], AT + len(statuses) + 1)
    assert again["history"] == life["history"]


@pytest.mark.parametrize("idle_first", [True, False])
def test_idle_is_noted_and_ends_nothing(idle_first):
    """It answers a TriggerMessage: the station does nothing now, before its retrieveDate or behind its reboot."""
    life = begun(ASKED, AT) if idle_first else told(UPDATE, "Downloading", "Installing")
    before = (life["status"], life["since"], life["ended"], life["history"])
    life = heard(UPDATE, life, IDLE, AT + 50)
    assert (life["status"], life["since"], life["ended"], life["history"]) == before
    assert (life["idle"], life["heard"]) == (AT + 50, AT + 50)
    life = heard(UPDATE, life, "Installed", AT + 60)
    assert (life["status"], life["ended"], life["idle"]) == ("Installed", True, None)


def test_idle_after_the_end_takes_nothing_back():
    life = heard(UPDATE, told(UPDATE, "Downloading", "Installed"), IDLE, AT + 999)
    assert (life["status"], life["ended"], life["idle"]) == ("Installed", True, AT + 999)


def test_idle_of_a_station_that_nobody_has_asked():
    life = heard(UPLOAD, None, IDLE, AT)
    assert (life["status"], life["asked"], life["idle"], life["ended"]) == (None, None, AT, False)


@pytest.mark.parametrize(
    ("course", "failed", "again"),
    [(UPDATE, "DownloadFailed", "Downloading"), (UPLOAD, "UploadFailed", "Uploading")],
)
def test_a_station_that_tries_again_goes_on(course, failed, again):
    life = told(course, again, failed, again)
    assert (life["status"], life["ended"], passed(life)) == (again, False, [again, failed, again])
    assert told(course, course.phases[-1][0], life=life, at=AT + 10)["ended"] is True
    assert life["asked"] == ASKED


def test_a_failure_may_be_followed_by_what_comes_after_it():
    life = told(UPDATE, "Downloading", "DownloadFailed", "Downloaded", "Installing", "InstallationFailed", "Installed")
    assert (life["status"], life["ended"]) == ("Installed", True)


@pytest.mark.parametrize("status", ["Downloading", "Installing"])
def test_after_a_while_an_earlier_state_is_another_attempt(status):
    life = told(UPDATE, "Downloading", "Downloaded", "Installing", "InstallationFailed")
    life = heard(UPDATE, life, status, AT + 4 + LATE)
    assert (life["status"], life["ended"], life["asked"]) == (status, False, ASKED)


def test_an_update_that_nobody_asked_for_after_one_that_is_done():
    life = told(UPDATE, "Downloading", "Installed")
    life = heard(UPDATE, life, "Downloading", AT + 2 + LATE)
    assert (life["status"], life["asked"], passed(life)) == ("Downloading", None, ["Downloading"])
    assert (life["begun"], life["heard"]) == (AT + 2 + LATE, AT + 2 + LATE)


def test_what_the_update_before_still_had_to_say_does_not_take_the_new_ones_place():
    """Installed of the old one comes after the new one was asked for; Downloading is then the new one's beginning."""
    life = heard(UPDATE, begun(ASKED, AT), "Installed", AT + 1)
    life = heard(UPDATE, life, "Downloading", AT + 1 + LATE)
    assert (life["status"], life["ended"], life["asked"]) == ("Downloading", False, ASKED)


def test_a_boot_in_the_middle_is_noted():
    life = booted(told(UPDATE, "Installing"), "2.0", AT + 5)
    assert life["history"][-1] == {"boot": "2.0", "at": AT + 5}
    assert (life["status"], life["ended"]) == ("Installing", False)
    assert passed(heard(UPDATE, life, "Installed", AT + 6)) == ["Installing", "Installed"]


@pytest.mark.parametrize("life", [begun(ASKED, AT), told(UPDATE, "Installed")])
def test_a_boot_before_or_after_is_none_of_it(life):
    assert booted(life, "2.0", AT + 5) == life


def test_a_state_that_nobody_knows_is_noted_and_is_none():
    life = told(UPDATE, "Downloading", "SignatureVerified" + "x" * 100)
    assert (life["status"], life["history"][-1]["status"]) == ("Downloading", "SignatureVerified" + "x" * 33)


def test_what_will_not_go_on_says_why_until_something_comes_all_the_same():
    life = over(begun(ASKED, AT), AT + 1, nothing=True)
    assert (life["ended"], life["since"], life["nothing"], life["status"]) == (True, AT + 1, True, None)
    assert told(UPLOAD, "Uploading", life=life)["ended"] is False


def test_states_of_one_phase_may_alternate():
    life = told(
        NAMED, "Downloading", "DownloadPaused", "Downloading", "InstallRebooting", "Installing", "InstallRebooting"
    )
    assert (life["status"], passed(life)[-3:]) == (
        "InstallRebooting",
        ["InstallRebooting", "Installing", "InstallRebooting"],
    )


def test_what_names_its_request_is_late_however_late_it_is():
    life = heard(NAMED, told(NAMED, "Downloading", "Installed"), "Downloading", AT + 10 * LATE)
    assert (life["status"], life["ended"], life["asked"]) == ("Installed", True, ASKED)
    assert life["history"][-1] == {"status": "Downloading", "at": AT + 10 * LATE, "late": True}


def test_the_phases_of_a_course():
    assert [NAMED.phase(state) for state in ("DownloadPaused", "Installing", "Vendor")] == [0, 1, None]
    assert NAMED.states == {"Downloading", "DownloadPaused", "Installing", "InstallRebooting", "Installed"}


def test_a_transfer_does_not_speak_for_the_station():
    life = transferred(told(UPLOAD, "Uploading"), {"ok": True, "bytes": 5})
    assert (life["status"], life["ended"], life["transfers"]) == ("Uploading", False, [{"ok": True, "bytes": 5}])


def test_what_is_kept_is_limited():
    life = begun(ASKED, AT)
    for number in range(200):
        status = ("DownloadFailed", "Downloading")[number % 2]
        life = transferred(heard(UPDATE, life, status, AT + number), {"number": number})
    assert (len(life["history"]), len(life["transfers"])) == (MOST, MOST)
    assert life["history"][-1]["at"] == AT + 199


NOTIFICATIONS = st.lists(
    st.tuples(st.sampled_from([*sorted(UPDATE.states), IDLE, "Vendor"]), st.floats(0, 500)), max_size=30
)


@given(NOTIFICATIONS)
def test_whatever_comes_the_life_is_consistent(notifications):
    life, at = begun(ASKED, AT), AT
    for status, pause in notifications:
        at += pause
        before = json.dumps(life)
        after = heard(UPDATE, life, status, at)
        assert json.dumps(life) == before, "the old one is not changed"
        life = after
        assert life["ended"] is (life["status"] in UPDATE.ends)
        assert life["heard"] == at >= life["since"] >= life["begun"]
        assert life["status"] is None or life["status"] in sorted(UPDATE.states)
        if status == "Installed":
            assert life["status"] == "Installed", "a success is never taken for late"
        times = [row["at"] for row in life["history"]]
        assert times == sorted(times)
