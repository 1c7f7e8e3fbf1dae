"""Payloads without what was left out, and times as OCPP writes them."""

from datetime import UTC, datetime, timedelta, timezone

from plugins.shared.members import given, life_shown, time_of


def test_what_was_left_out_is_not_there_and_what_is_empty_or_zero_is():
    assert given({"a": None, "b": 0, "c": "", "d": [], "e": False}) == {"b": 0, "c": "", "d": [], "e": False}


def test_times_are_utc():
    assert time_of(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == "2026-01-01T00:00:00Z"
    assert time_of(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"
    assert time_of(None) is None


def test_a_life_has_its_times_as_text_and_nothing_empty_but_its_status():
    life = {
        "status": None,
        "begun": 0.0,
        "idle": None,
        "asked": {"at": 60.0, "retries": 3, "retrieveDate": "2026-01-01T00:00:00Z"},
        "history": [{"status": "Downloading", "at": 1.0}],
    }
    assert life_shown([life]) == [
        {
            "status": None,
            "begun": "1970-01-01T00:00:00Z",
            "asked": {"at": "1970-01-01T00:01:00Z", "retries": 3, "retrieveDate": "2026-01-01T00:00:00Z"},
            "history": [{"status": "Downloading", "at": "1970-01-01T00:00:01Z"}],
        }
    ]
