"""What a station says, in the words of each version."""

import json

import pytest

from broker.ocpp import Call, Reply, Schemas, Version
from broker.simulate import Meter, SimulatedStation, Transaction
from broker.simulate.dialect import dialect


@pytest.fixture
async def station(csms, version, fast):
    async with SimulatedStation(csms.url, "CP1", version, pace=fast, timeout=5.0) as connected:
        await csms.wait_for("CP1")
        yield connected


async def test_meter_values_of_2x_are_numbers_and_of_1_6_text(csms, station, version):
    tx = await station.start()
    await station.sample(tx, 3600)
    action = "MeterValues" if version is Version.V16 else "TransactionEvent"
    call = csms.received("CP1", action)[-1]
    value = json.loads(call.raw)["meterValue"][0]["sampledValue"][0]["value"]
    assert isinstance(value, str if version is Version.V16 else int)
    assert float(value) > 10_000


def test_every_message_is_schema_valid_even_with_long_names(version):
    words = dialect(version, vendor="V" * 99, model="M" * 99, serial="S" * 99, firmware="F" * 99)
    tx, meter, schemas = Transaction(1, "T", 0, "1"), Meter(seed=1), Schemas()
    for action, payload in (
        words.boot("PowerUp"),
        words.heartbeat(),
        words.status(1, "Faulted"),
        words.status(1, "Charging"),
        words.authorize("T"),
        words.started(tx, meter),
        words.metered(tx, meter),
        words.stopped(tx, meter, "Local"),
        words.report(1, {"A": "1"}),
    ):
        call = Call.of(action, payload, version=version, origin="station")
        assert schemas.check_call(call) is None, action


def test_sequence_numbers_count_up_in_2x():
    words = dialect(Version.V201, vendor="V", model="M", serial="S", firmware="F")
    tx, meter = Transaction(1, "T", 0, "1"), Meter()
    events = [words.started(tx, meter), words.metered(tx, meter), words.stopped(tx, meter, "Remote")]
    assert [payload["seqNo"] for _, payload in events] == [0, 1, 2]
    assert events[2][1]["triggerReason"] == "RemoteStop"


def test_an_answer_without_a_token_info_speaks_against_nothing_in_2x():
    words = dialect(Version.V21, vendor="V", model="M", serial="S", firmware="F")
    tx = Transaction(1, "T", 0, "1")
    words.learn(tx, Reply.result({}))
    assert tx.accepted
    words.learn(tx, Reply.error("InternalError"))
    assert not tx.accepted
