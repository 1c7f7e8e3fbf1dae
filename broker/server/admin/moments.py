"""Times of the API: ISO 8601 with a zone."""

from datetime import UTC, datetime

from broker.server.admin.problems import ApiProblem


def moment_of(wanted: dict[str, str], name: str) -> float | None:
    """A query parameter as Unix seconds; None where it is not given (400). A `+` that came as a space is one."""
    text = wanted.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ApiProblem("bad-request", f"the query parameter {name} is a time as in 2026-01-31T12:00:00Z")
    return moment.timestamp()


def iso(at: float | None) -> str | None:
    """Unix seconds as text, to the millisecond; None for what nobody has said, or what no calendar has."""
    if at is None:
        return None
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):  # a station's clock may say anything
        return None
