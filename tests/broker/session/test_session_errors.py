"""Why a call got no reply."""

import pytest

from broker.session import CallFailed, CallTimeout, NotConnected, QueueFull


@pytest.mark.parametrize("error", [NotConnected, CallTimeout, QueueFull])
def test_each_reason_is_a_failed_call_and_none_is_another(error):
    assert issubclass(error, CallFailed)
    others = {NotConnected, CallTimeout, QueueFull} - {error}
    assert not any(issubclass(error, other) for other in others)


def test_a_call_that_timed_out_is_not_mistaken_for_a_time_limit_of_the_callers_own():
    assert not issubclass(CallTimeout, TimeoutError)
