"""The life of a firmware update and of a diagnostics upload (1.6 4.4, 4.5, 7.24, 7.25), out of what a station says.

The notifications of 1.6 name no request and have no time of their own. They come twice, after a reboot, and in another
order than they were made; a station may begin by itself; and one that has failed begins again (`retries`). So a life
goes on by the order that the states have, not by the order in which they come.
"""

from typing import Any

FIRMWARE, DIAGNOSTICS = "firmware", "diagnostics"
IDLE = "Idle"
ORDER = {
    FIRMWARE: ("Downloading", "DownloadFailed", "Downloaded", "Installing", "InstallationFailed", "Installed"),
    DIAGNOSTICS: ("Uploading", "UploadFailed", "Uploaded"),
}
"""Each state can only come after those before it, unless the station begins again."""
ENDS = frozenset({"DownloadFailed", "InstallationFailed", "Installed", "UploadFailed", "Uploaded"})
_FAILED_BEFORE = {"Downloading": "DownloadFailed", "Uploading": "UploadFailed"}
LATE = 120.0
"""Seconds in which an earlier state that comes after a later one is one that was late; then the station began again."""
MOST = 50
_LONGEST = 50

Life = dict[str, Any]


def begun(asked: dict[str, Any] | None, at: float) -> Life:
    """A new life; `asked` is the request, None where nobody asked through the broker."""
    return {
        "asked": asked,
        "begun": at,
        "status": None,
        "since": at,
        "heard": None,
        "idle": None,
        "ended": False,
        "history": [],
        "transfers": [],
    }


def heard(kind: str, life: Life | None, status: str, at: float) -> Life:
    """The life after a notification.

    `Idle` answers a TriggerMessage and says that the station does nothing now: not that what it was asked for is over,
    which may have a retrieveDate ahead of it or a reboot behind it. It is noted beside the status.
    """
    life = dict(life) if life is not None else begun(None, at)
    life["heard"] = at
    if status == IDLE:
        return {**life, "idle": at}
    if status == life["status"]:
        return life
    order, row = ORDER[kind], {"status": status[:_LONGEST], "at": at}
    if status not in order:
        return _noted(life, row)
    if _is_behind(order, life, status):
        if at - life["since"] < LATE:
            return _noted(life, {**row, "late": True})
        if life["status"] == order[-1] and _has_had(life, order[0]):  # it was through with that one: another one
            life = {**begun(None, at), "heard": at}
    return _noted({**life, "status": status, "since": at, "idle": None, "ended": status in ENDS}, row)


def booted(life: Life, version: str, at: float) -> Life:
    """The life after a boot in the middle of it: the new firmware shows itself, or the old one does again."""
    if life["ended"] or life["status"] is None:
        return life
    return _noted(life, {"boot": version[:_LONGEST], "at": at})


def transferred(life: Life, transfer: dict[str, Any]) -> Life:
    """The life after the file endpoint has seen the file pass, or not come in time. What follows the station says."""
    return {**life, "transfers": [*life["transfers"], transfer][-MOST:]}


def nothing_to_bring(life: Life, at: float) -> Life:
    """The life of an upload whose station has answered without a fileName: there is nothing (1.6 6.26)."""
    return {**life, "ended": True, "since": at, "nothing": True}


def _is_behind(order: tuple[str, ...], life: Life, status: str) -> bool:
    """Whether this state belongs before the one that the life is in; a new attempt after a failure does not."""
    now = life["status"]
    if now is None or _FAILED_BEFORE.get(status) == now:
        return False
    return order.index(status) < order.index(now)


def _has_had(life: Life, status: str) -> bool:
    return any(row.get("status") == status for row in life["history"])


def _noted(life: Life, row: dict[str, Any]) -> Life:
    last = life["history"][-1] if life["history"] else {}
    if {**last, "at": None} == {**row, "at": None}:
        return life
    return {**life, "history": [*life["history"], row][-MOST:]}
