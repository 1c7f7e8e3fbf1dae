import pytest

from broker.hooks import CallFailed, CallTimeout, NotConnected, OperationFailed, QueueFull, StationRefused


@pytest.mark.parametrize("kind", [NotConnected, CallTimeout, QueueFull])
def test_whatever_ends_a_call_is_a_call_that_failed(kind):
    assert issubclass(kind, CallFailed)


def test_a_refusal_of_the_station_ends_an_operation():
    error = StationRefused("GenericError")
    assert isinstance(error, OperationFailed)
    assert str(error) == "the station answered GenericError"
    assert error.details == {}
