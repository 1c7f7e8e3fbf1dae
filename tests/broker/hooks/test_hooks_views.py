from broker.hooks import Action, ConnectionRequest, Direction, Event
from broker.ocpp import Version
from broker.testing import TestSession


def test_an_event_shows_no_payload_in_its_repr():
    event = Event("call", 0.0, Direction.FROM_STATION, "local", "Authorize", "1", b'{"idTag":"SECRET"}')
    assert "SECRET" not in repr(event)
    assert "Authorize" in repr(event)
    assert event.outcome == ""


def test_directions_are_their_names():
    assert [str(direction) for direction in Direction] == ["from_station", "to_station"]


def test_the_session_of_the_tests_has_every_member_of_the_view():
    from broker.hooks import SessionView

    members = {name for name in vars(SessionView) if not name.startswith("_")}
    assert members <= set(dir(TestSession()))


def test_a_connection_request_and_an_action_need_only_what_they_always_have():
    request = ConnectionRequest("CP001", "127.0.0.1", "plain", 0, {})
    action = Action(Version.V16, "Vendor", Direction.TO_STATION)
    assert (request.subprotocols, action.call_schema, action.profile) == ((), None, "")
