"""How firmware updates and published firmware go on in OCPP 2.x (part 2, FirmwareStatusEnumType and use case L03)."""

from plugins.shared.file_lives import Course

FIRMWARE, PUBLISH = "firmware", "publish"
_AGAIN = frozenset({"DownloadFailed"})
_DOWNLOAD = (("DownloadScheduled",), ("Downloading", "DownloadPaused"), ("DownloadFailed",), ("Downloaded",))
COURSES = {
    FIRMWARE: Course(
        phases=(
            *_DOWNLOAD,
            ("SignatureVerified", "InvalidSignature"),
            ("InstallScheduled",),
            ("Installing", "InstallRebooting"),  # it installs before the reboot or after it (L01.FR.15)
            ("InstallVerificationFailed",),
            ("InstallationFailed",),
            ("Installed",),
        ),
        ends=frozenset(
            {"DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "Installed", "InvalidSignature"}
        ),
        again={"DownloadScheduled": _AGAIN, "Downloading": _AGAIN},
        named=True,
    ),
    PUBLISH: Course(
        phases=(*_DOWNLOAD, ("ChecksumVerified", "InvalidChecksum"), ("PublishFailed",), ("Published",)),
        ends=frozenset({"DownloadFailed", "InvalidChecksum", "PublishFailed", "Published"}),
        again={"DownloadScheduled": _AGAIN, "Downloading": _AGAIN},
        named=True,
    ),
}
