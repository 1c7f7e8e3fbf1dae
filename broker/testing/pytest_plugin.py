"""The pytest plugin that comes with Switchboard: fixtures for the tests of plugins.

pytest loads it in every environment that has Switchboard, so nothing heavy is imported before a fixture is used. The
fixtures are plain functions that give plain functions: no asyncio plugin of pytest is needed to have them.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from broker.app import Broker
    from broker.simulate import SimulatedCsms, SimulatedStation
    from broker.testing.table import Harness


@pytest.fixture
def harness() -> "Callable[..., Harness]":
    """`harness(Plugin, **config)`: the plugin with these options, in a real table without sockets."""
    from broker.testing.table import harness as make

    return make


@pytest.fixture
def broker() -> "Callable[..., AbstractAsyncContextManager[Broker]]":
    """`async with broker(Plugin, {options}, upstream=...) as b`: a broker with this plugin, on real sockets."""
    from broker.testing.sockets import broker as make

    return make


@pytest.fixture
def csms() -> "Callable[..., SimulatedCsms]":
    """`async with csms() as upstream`: a CSMS on a real socket, for `broker(..., upstream=upstream)`."""
    from broker.testing.sockets import csms as make

    return make


@pytest.fixture
def station() -> "Callable[..., SimulatedStation]":
    """`async with station(b, "CP001", version="ocpp1.6") as s`: a station that is connected to the broker `b`."""
    from broker.testing.sockets import station as make

    return make
