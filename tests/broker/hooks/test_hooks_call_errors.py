import pytest

from broker.hooks import CallFailed, CallTimeout, NotConnected, OperationFailed, QueueFull, StationRefused


@pytest.mark.parametrize("error", [NotConnected, CallTimeout, QueueFull])
def test_each_reason_is_a_failed_call_and_none_is_another(error):
    assert issubclass(error, CallFailed)
    others = {NotConnected, CallTimeout, QueueFull} - {error}
    assert not any(issubclass(error, other) for other in others)


def test_a_call_that_timed_out_is_not_mistaken_for_a_time_limit_of_the_callers_own():
    assert not issubclass(CallTimeout, TimeoutError)


def test_a_refusal_of_the_station_ends_an_operation():
    error = StationRefused("GenericError")
    assert isinstance(error, OperationFailed)
    assert str(error) == "the station answered GenericError"
    assert error.details == {}
