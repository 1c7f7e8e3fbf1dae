"""How updates go on in OCPP 2.x: the flows of the certification cases."""

import pytest

from plugins.ocpp201.firmware.courses import COURSES, FIRMWARE, PUBLISH
from plugins.shared.file_lives import begun, heard

AT = 1_700_000_000.0
DOWNLOAD = ["Downloading", "Downloaded"]


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        (FIRMWARE, [*DOWNLOAD, "SignatureVerified", "Installing", "InstallRebooting", "Installed"]),  # L_01
        (FIRMWARE, [*DOWNLOAD, "SignatureVerified", "InstallScheduled", "InstallRebooting", "Installing", "Installed"]),
        (FIRMWARE, ["DownloadScheduled", *DOWNLOAD, "SignatureVerified", "Installing", "Installed"]),  # L_03
        (FIRMWARE, [*DOWNLOAD, "InvalidSignature"]),  # L_06
        (FIRMWARE, ["Downloading", "DownloadPaused", "Downloading", "DownloadFailed"]),  # L_07
        (FIRMWARE, [*DOWNLOAD, "SignatureVerified", "Installing", "InstallVerificationFailed"]),  # L_08
        (FIRMWARE, [*DOWNLOAD, "SignatureVerified", "Installing", "InstallationFailed"]),  # L_09
        (PUBLISH, ["DownloadScheduled", *DOWNLOAD, "ChecksumVerified", "Published"]),
        (PUBLISH, [*DOWNLOAD, "InvalidChecksum"]),
        (PUBLISH, [*DOWNLOAD, "ChecksumVerified", "PublishFailed"]),
        (PUBLISH, ["Downloading", "DownloadFailed"]),
    ],
)
def test_a_life_from_its_beginning_to_its_end(kind, statuses):
    life = begun(None, AT)
    for number, status in enumerate(statuses, 1):
        life = heard(COURSES[kind], life, status, AT + number)
        assert (life["status"], life["ended"]) == (status, number == len(statuses))
    assert not any(row.get("late") for row in life["history"])


@pytest.mark.parametrize("kind", [FIRMWARE, PUBLISH])
@pytest.mark.parametrize("again", ["DownloadScheduled", "Downloading"])
def test_a_download_that_failed_may_be_tried_again(kind, again):
    life = heard(COURSES[kind], heard(COURSES[kind], None, "DownloadFailed", AT), again, AT + 1)
    assert (life["status"], life["ended"]) == (again, False)


def test_what_is_late_turns_nothing_back():
    life = heard(COURSES[FIRMWARE], heard(COURSES[FIRMWARE], None, "Installed", AT), "Installing", AT + 1e6)
    assert (life["status"], life["ended"]) == ("Installed", True)
