"""The courses of updates and uploads in OCPP 1.6."""

import pytest

from plugins.ocpp16.file_lives import COURSES, DIAGNOSTICS, FIRMWARE, nothing_to_bring
from plugins.shared.file_lives import begun, heard

AT = 1_700_000_000.0


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        (FIRMWARE, ["Downloading", "Downloaded", "Installing", "Installed"]),  # 044_1
        (FIRMWARE, ["Downloading", "DownloadFailed"]),  # 044_2
        (FIRMWARE, ["Downloading", "Downloaded", "Installing", "InstallationFailed"]),  # 044_3
        (DIAGNOSTICS, ["Uploading", "Uploaded"]),  # 045_1
        (DIAGNOSTICS, ["Uploading", "UploadFailed"]),  # 045_2
    ],
)
def test_a_life_from_its_beginning_to_its_end(kind, statuses):
    life = begun(None, AT)
    for number, status in enumerate(statuses, 1):
        life = heard(COURSES[kind], life, status, AT + number)
        assert (life["status"], life["ended"]) == (status, number == len(statuses))
    assert not any(row.get("late") for row in life["history"])


@pytest.mark.parametrize(
    ("kind", "failed", "again"),
    [(FIRMWARE, "DownloadFailed", "Downloading"), (DIAGNOSTICS, "UploadFailed", "Uploading")],
)
def test_a_station_that_tries_again_goes_on(kind, failed, again):
    life = heard(COURSES[kind], heard(COURSES[kind], begun(None, AT), failed, AT), again, AT + 1)
    assert (life["status"], life["ended"]) == (again, False)


def test_nothing_to_bring_is_the_end():
    life = nothing_to_bring(begun(None, AT), AT + 1)
    assert (life["ended"], life["since"], life["nothing"], life["status"]) == (True, AT + 1, True, None)
