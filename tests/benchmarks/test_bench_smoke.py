"""The benchmark's own arithmetic, and that its processes work together. No figure is judged here."""

import array

import pytest

from benchmarks import wire
from benchmarks.figures import Row, Spread, ratios, row, table
from benchmarks.load import summary
from benchmarks.processes import BenchmarkError, Process, free_port
from benchmarks.rig import Rig
from benchmarks.subjects import BARE, BROKER, RELAYS, Pki, Subject, broker_config
from benchmarks.upstream import answer
from broker.config import load


def test_ratio_is_taken_within_each_round() -> None:
    """A machine that is twice as slow in round two must not show in the ratio."""
    assert ratios([11.0, 22.0], [10.0, 20.0]) == [1.1, 1.1]


def test_ratio_needs_a_figure_of_the_yardstick_for_each_round() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


def test_spread_is_median_with_extremes() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    assert Spread.of([3.0, 1.0, 2.0]).text(1) == "2.0 (1.0..3.0)"


@pytest.mark.parametrize(("target", "met"), [(1.1, True), (1.0, False), (None, None)])
def test_target_is_judged_by_the_median_ratio(target: float | None, met: bool | None) -> None:
    result = row("relay", "broker", "us", [10.5, 21.0], bare=[10.0, 20.0], target=target)
    assert result.met is met
    assert result.as_json()["met"] is met


def test_table_shows_missed_targets_and_leaves_out_what_is_not_known() -> None:
    lines = table([row("s", "a", "us", [2.0], bare=[1.0], target=1.5), Row("s", "b", "us", Spread(1, 1, 1))]).split(
        "\n"
    )
    assert "2.00 (2.00..2.00)" in lines[2]
    assert "<= 1.50 MISSED" in lines[2]
    assert "MISSED" not in lines[3]
    assert len({len(line) for line in lines}) == 1


def test_summary_counts_trips_and_takes_percentiles_in_milliseconds() -> None:
    trips = array.array("d", [0.001 * number for number in range(100, 0, -1)])
    result = summary(trips, 2.0, 3)
    assert (result.round_trips, result.bad, result.seconds) == (100, 3, 2.0)
    assert (result.p50, result.p99) == pytest.approx((50.0, 99.0))


def test_the_measured_call_has_306_bytes() -> None:
    """What performance figures are quoted for."""
    head, tail = wire.call_parts("MeterValues")
    found = wire.next_frame(head + b"0000000001" + tail)
    assert found is not None
    assert found.end - found.start == 306


@pytest.mark.parametrize("size", [0, 125, 126, 65_535])
@pytest.mark.parametrize("masked", [True, False])
def test_frame_is_found_only_when_it_is_whole(size: int, masked: bool) -> None:
    payload = b"x" * size
    data = wire.frame(wire.TEXT, payload, masked=masked)
    for cut in (0, 1, len(data) - 1):
        assert wire.next_frame(data[:cut]) is None
    found = wire.next_frame(b"ab" + data + b"c", 2)
    assert found is not None
    assert found.opcode == wire.TEXT
    assert found.end == 2 + len(data)
    assert (b"ab" + data)[found.start : found.end] == payload


def test_unmask_is_the_xor_of_rfc_6455() -> None:
    """RFC 6455 5.7 gives this frame for a masked Hello."""
    data = bytes.fromhex("818537fa213d7f9f4d5158")
    found = wire.next_frame(data)
    assert found is not None
    assert wire.unmask(data[found.start : found.end], found.mask) == b"Hello"


def test_upgrade_answers_the_key_and_the_first_subprotocol() -> None:
    """RFC 6455 1.3 gives this key and its answer."""
    request = b"GET / HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: a, b\r\n\r\n"
    response = wire.upgrade_response(request)
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in response
    assert b"Sec-WebSocket-Protocol: a\r\n" in response


def test_upstream_answers_a_call_with_its_own_id_and_nothing_else() -> None:
    assert answer(b'[2,"id-7","MeterValues",{}]').endswith(b'[3,"id-7",{}]')
    assert answer(b'[3,"id-7",{}]') == b""


def test_bare_relay_upstream_and_load_work_together(tmp_path) -> None:
    with Rig.up(tmp_path) as rig, rig.bench(BARE) as bench:
        bench.open(3)
        spent, result = bench.round_trips(0.05)
        assert result["round_trips"] >= 3
        assert result["bad"] == 0
        assert spent > 0
        assert bench.relay.resident() > 0
        _, rate = bench.connections(0.05, workers=2, identities=4)
        assert rate > 0


def test_a_load_without_a_relay_says_why(tmp_path) -> None:
    with Process.module("load", "load", folder=tmp_path) as load:
        load.answer()
        with pytest.raises(BenchmarkError, match="load: ConnectionRefusedError"):
            load.ask("open", target={"port": free_port()}, count=1)


@pytest.mark.parametrize(
    "subject", [*RELAYS, BROKER.over("wss"), BROKER.over("mtls")], ids=lambda s: f"{s.name} {s.security}"
)
def test_the_broker_takes_the_configuration_of_every_subject(subject: Subject, tmp_path) -> None:
    file = tmp_path / "bench.yaml"
    file.write_text(broker_config(subject, 9001, 9002, 9003, Pki(tmp_path)))
    config = load(file)
    assert config.routes[0].primary == subject.primary
    assert config.routes[0].validation_from_station == subject.validation
    assert config.listeners[0].port == 9001
