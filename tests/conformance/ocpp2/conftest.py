"""Fixtures of the cases of OCPP 2.x: one broker for all of them, and a station of its own for each."""

import pytest_asyncio
from broker_kit import LabBroker
from lab2_kit import OPTIONS, TOKENS, Lab2


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def shared_broker(tmp_path_factory, made_pki):
    """The broker of the cases that disturb no other."""
    host = LabBroker(tmp_path_factory.mktemp("shared"), made_pki, tokens=TOKENS, options=OPTIONS)
    await host.start()
    yield host
    await host.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def lab(shared_broker, tmp_path, transport, version):
    """A place for one station, over the transport of the case and in its version."""
    made = Lab2(shared_broker, tmp_path, transport, version)
    await made.register()
    return made
