"""Times as options."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from broker.cli.moments import moment_of


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
        ("2026-01-31T12:00:00.25+01:00", "2026-01-31T11:00:00.250Z"),
        ("2026-01-31T12:00:00-00:30", "2026-01-31T12:30:00.000Z"),
    ],
)
def test_a_time_is_told_in_utc(text, moment):
    assert moment_of("--since", text) == moment


def test_a_time_without_a_zone_is_local(monkeypatch):
    local = datetime.fromisoformat("2026-01-31T12:00:00").astimezone(UTC)
    assert moment_of("--since", "2026-01-31T12:00:00") == local.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
    ],
)
def test_so_long_ago(text, ago):
    found = datetime.fromisoformat(moment_of("--since", text))
    assert abs(datetime.now(UTC) - ago - found) < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["", "now", "5", "5w", "-1h", "9999999999d", "999999999d", "2026-13-01", "١d"])
def test_what_is_no_time_is_wrong_usage(text, capsys):
    with pytest.raises(typer.Exit) as caught:
        moment_of("--since", text)
    assert caught.value.exit_code == 2
    assert "--since" in capsys.readouterr().err
