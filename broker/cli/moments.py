"""Times as options of commands: ISO 8601, or so long ago."""

import re
from datetime import UTC, datetime, timedelta

from broker.cli.console import BAD_INPUT, fail

TIME_HELP = "as in 2026-01-31T12:00:00Z, or so long ago: 90s, 15m, 2h, 1d"

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment_of(option: str, text: str) -> str:
    """A time of an option as the API takes it; local time where it has no zone. Exits for what is none."""
    try:
        if ago := re.fullmatch(r"(\d{1,9})([smhd])", text, re.ASCII):
            moment = datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        else:
            moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        fail(f"{option}: {text} is no time; one is {TIME_HELP}", BAD_INPUT)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
