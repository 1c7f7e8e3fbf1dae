"""A simulated CSMS, and stations of each version that live fast."""

import pytest

from broker.ocpp import Version
from broker.simulate import Pace, SimulatedCsms

FAST = Pace(before=0.0, between=0.01, every=0.01, samples=2, jitter=0.0, reconnect=0.01)


@pytest.fixture
async def csms():
    async with SimulatedCsms(timeout=5.0) as running:
        yield running


@pytest.fixture(params=list(Version), ids=str)
def version(request) -> Version:
    return request.param


@pytest.fixture
def fast() -> Pace:
    return FAST
