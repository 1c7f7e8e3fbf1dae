"""The lives of a firmware update and of a diagnostics upload in OCPP 1.6 (4.4, 4.5, 7.24, 7.25).

Its notifications name no request: what becomes of them is told in `plugins.shared.file_lives`.
"""

from plugins.shared.file_lives import Course, Life, over

FIRMWARE, DIAGNOSTICS = "firmware", "diagnostics"
COURSES = {
    FIRMWARE: Course(
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
    ),
    DIAGNOSTICS: Course(
        phases=(("Uploading",), ("UploadFailed",), ("Uploaded",)),
        ends=frozenset({"UploadFailed", "Uploaded"}),
        again={"Uploading": frozenset({"UploadFailed"})},
    ),
}


def nothing_to_bring(life: Life, at: float) -> Life:
    """The life of an upload whose station has answered without a fileName: there is nothing (1.6 6.26)."""
    return over(life, at, nothing=True)
