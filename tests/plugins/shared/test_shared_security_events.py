"""What others are told of a security event; how it is kept and told stands with the plugins of the versions."""

from hypothesis import given
from hypothesis import strategies as st

from plugins.shared.security_events import event_of

CRITICAL = {"TamperDetectionActivated"}
EVENT = {"type": "TamperDetectionActivated", "timestamp": "2025-12-31T23:59:00Z", "techInfo": "door open"}
JSON = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())


def test_an_event_says_what_others_need():
    assert event_of("CP001", EVENT, "now", CRITICAL) == {
        "identity": "CP001",
        "type": "TamperDetectionActivated",
        "timestamp": "2025-12-31T23:59:00Z",
        "receivedAt": "now",
        "critical": True,
        "techInfo": "door open",
    }
    plain = event_of("CP001", {"type": "InvalidMessages", "techInfo": ""}, "now", CRITICAL)
    assert plain == {
        "identity": "CP001", "type": "InvalidMessages", "timestamp": "now", "receivedAt": "now", "critical": False,
    }  # fmt: skip


@given(st.fixed_dictionaries({}, optional={"type": JSON, "timestamp": JSON, "techInfo": JSON}))
def test_whatever_a_station_sends_an_event_is_bounded_and_can_be_written_down(payload):
    event = event_of("CP001", payload, "now", CRITICAL)
    if event is None:
        assert not isinstance(payload.get("type"), str) or not payload["type"]
    else:
        assert len(event["type"]) <= 50
        assert len(event.get("techInfo", "")) <= 255
        "".join(map(str, event.values())).encode()
