"""Which route of the configuration a station takes: the first that matches."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from broker.config import Match, Route
from broker.session.admission import Admission


def find_route(routes: Sequence[Route], admission: Admission, boot: Mapping[str, str] | None = None) -> Route | None:
    """The first route whose every condition holds, or None.

    `boot`: `vendor`, `model` and `firmware` of the station's last BootNotification; None where there is none yet, and
    then no route that asks for one of them fits.
    """
    said = boot or {}
    return next((route for route in routes if _matches(route.match, admission, said)), None)


def _matches(match: Match, admission: Admission, boot: Mapping[str, str]) -> bool:
    return (
        _any_glob(match.identity, admission.identity)
        and (match.listener is None or fnmatchcase(admission.listener, match.listener))
        and (match.version is None or admission.version in match.version)
        and all(
            tag in admission.tags and fnmatchcase(admission.tags[tag], pattern) for tag, pattern in match.tags.items()
        )
        and _stated(match.vendor, boot.get("vendor"))
        and _stated(match.model, boot.get("model"))
        and _stated(match.firmware, boot.get("firmware"))
    )


def _stated(patterns: Sequence[str] | None, text: str | None) -> bool:
    """What the station has left out, or left empty, fits no pattern, not even `*`."""
    return patterns is None or (text is not None and text != "" and _any_glob(patterns, text))


def _any_glob(patterns: Sequence[str] | None, text: str) -> bool:
    return patterns is None or any(fnmatchcase(text, pattern) for pattern in patterns)
