"""Which route of the configuration a station takes: the first that matches."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from broker.config import Match, Route
from broker.session.admission import Admission


def find_route(routes: Sequence[Route], admission: Admission) -> Route | None:
    """The first route whose every condition holds, or None."""
    return next((route for route in routes if _matches(route.match, admission)), None)


def _matches(match: Match, admission: Admission) -> bool:
    return (
        _any_glob(match.identity, admission.identity)
        and (match.listener is None or fnmatchcase(admission.listener, match.listener))
        and (match.version is None or admission.version in match.version)
        and all(
            tag in admission.tags and fnmatchcase(admission.tags[tag], pattern) for tag, pattern in match.tags.items()
        )
    )


def _any_glob(patterns: Sequence[str] | None, text: str) -> bool:
    return patterns is None or any(fnmatchcase(text, pattern) for pattern in patterns)
