"""What an upstream that joins is told, and how its own answer to a boot is obeyed."""

import pytest

from broker.config import Filter
from broker.ocpp import Call, Exchange, Pending, Reply, Version
from broker.session.books.ledger import Ledger
from broker.session.shadow.shaping import Shaper
from broker.session.upstream.joining import Joining

ALL = frozenset({"boot", "status"})
BOOT = {"chargePointVendor": "V", "chargePointModel": "M", "chargePointSerialNumber": "SN-1"}


class FakeLink:
    """An upstream with a real exchange, and a socket that is only there."""

    name = "billing"
    call_timeout = 30.0
    gone = False

    def __init__(self, version=Version.V16):
        self.version = version
        self.exchange = Exchange(prefix="x-")
        self.socket = object()
        self.last_sent = 0.0
        self.now = 100.0
        self.sent = []

    @property
    def ready(self):
        return self.socket is not None and not self.exchange.held

    def clock(self):
        return self.now

    def submit(self, pending, now, *, joining=False):
        taken = self.exchange.submit(pending, joining=joining)
        self.pump(now)
        return taken

    def pump(self, now):
        while (pending := self.exchange.next_to_send(now)) is not None:
            self.last_sent = now
            self.sent.append(pending)


class Bench:
    def __init__(self, *, beats=True, late=False, replay=ALL, version=Version.V16, shaper=None):
        self.link = FakeLink(version)
        self.ledger = Ledger("CP", None)
        self.ready = 0
        self.joining = Joining(self.link, self.ledger, late=late, when_ready=self._ready)
        self.joining.take_part(replay, shaper, beats=beats)

    def _ready(self):
        self.ready += 1

    def knows(self, boot=BOOT, statuses=(1,), version=Version.V16):
        memory = self.ledger.memory
        memory.note_boot(Call.of("BootNotification", boot, version=version))
        for connector in statuses:
            memory.note_status(Call.of("StatusNotification", {"connectorId": connector}, version=version))
        return self

    def ordinary(self):
        owner = type("Owner", (), {"name": "copy"})()
        self.link.submit(Pending(Call.of("Authorize", {}, version=Version.V16), owner, 1e9), self.link.now)

    @property
    def actions(self):
        return [pending.call.action for pending in self.link.sent]

    def answer(self, **payload):
        """Answer what is open."""
        pending, self.link.exchange.open = self.link.exchange.open, None
        self.joining.answered(pending, Reply.result(payload), self.link.now)
        self.link.pump(self.link.now)

    def at(self, now):
        self.link.now = now
        self.joining.due(now)


def test_a_primary_that_was_there_from_the_beginning_is_told_nothing():
    bench = Bench(beats=False).knows()
    bench.joining.up(100.0, heard=False)
    assert bench.actions == []
    assert bench.link.ready
    assert bench.ready == 1


def test_a_secondary_waits_for_the_stations_first_word_and_is_then_told_boot_and_statuses():
    bench = Bench().knows(statuses=(0, 1))
    bench.joining.up(100.0, heard=False)
    bench.ordinary()
    assert bench.actions == []
    bench.joining.heard(False, 101.0)
    assert bench.actions == ["BootNotification"]
    bench.answer(status="Accepted", interval=300)
    assert bench.actions == ["BootNotification", "StatusNotification"]
    bench.answer()
    bench.answer()
    assert bench.actions == ["BootNotification", "StatusNotification", "StatusNotification", "Authorize"]
    assert [p.call.payload.get("connectorId") for p in bench.link.sent[1:3]] == [0, 1]


def test_a_secondary_that_has_accepted_this_boot_before_is_not_booted_again():
    bench = Bench().knows()
    bench.ledger.memory.booted["billing"] = 300.0
    bench.joining.up(100.0, heard=False)
    bench.joining.heard(False, 101.0)
    assert bench.actions == ["StatusNotification"]


def test_the_stations_own_boot_is_passed_on_in_the_place_of_a_replay():
    bench = Bench().knows()
    bench.joining.up(100.0, heard=False)
    bench.joining.heard(True, 101.0)
    assert bench.actions == []
    bench.knows(boot={**BOOT, "firmwareVersion": "2"})
    bench.joining.boot(None, 101.0)
    assert bench.actions == ["BootNotification"]
    assert bench.link.sent[0].call.payload["firmwareVersion"] == "2"


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
@pytest.mark.parametrize(("interval", "wait"), [(20, 20), (1, 5), (0, 60), ("x", 60)])
def test_an_upstream_that_does_not_accept_is_left_alone_for_its_own_interval(status, interval, wait):
    bench = Bench(late=True).knows()
    bench.joining.up(100.0, heard=True)
    bench.answer(status=status, interval=interval)
    bench.ordinary()
    assert bench.joining.next_due() == 100.0 + wait
    bench.at(100.0 + wait - 0.1)
    assert bench.actions == ["BootNotification"]
    assert bench.ready == 0
    bench.at(100.0 + wait)
    assert bench.actions == ["BootNotification"] * 2
    bench.answer(status="Accepted", interval=300)
    bench.answer()
    assert bench.actions[2:] == ["StatusNotification", "Authorize"]
    assert bench.ready == 1


def test_an_upstream_that_answers_a_boot_with_an_error_is_not_kept_waiting_for_ever():
    bench = Bench(late=True).knows()
    bench.joining.up(100.0, heard=True)
    pending, bench.link.exchange.open = bench.link.exchange.open, None
    bench.joining.answered(pending, Reply.error("NotImplemented", ""), 101.0)
    assert bench.link.ready
    assert "billing" not in bench.ledger.memory.booted


def test_a_boot_without_an_answer_is_sent_again():
    bench = Bench(late=True).knows()
    bench.joining.up(100.0, heard=True)
    pending, bench.link.exchange.open = bench.link.exchange.open, None
    bench.joining.failed(pending, "timeout", 130.0)
    bench.at(159.0)
    assert bench.actions == ["BootNotification"]
    bench.at(160.0)
    assert bench.actions == ["BootNotification"] * 2


def test_an_upstream_that_was_lost_under_the_station_is_told_again():
    bench = Bench(beats=False).knows()
    bench.joining.up(100.0, heard=False)
    bench.ledger.memory.booted["billing"] = 300.0
    bench.joining.down(lost=True)
    bench.joining.up(110.0, heard=True)
    assert bench.actions == ["BootNotification"]


def test_statuses_are_told_also_where_no_boot_is():
    bench = Bench(beats=False, late=True, replay=frozenset({"status"})).knows()
    bench.joining.up(100.0, heard=True)
    assert bench.actions == ["StatusNotification"]


def test_nothing_is_told_where_the_route_says_none():
    bench = Bench(late=True, replay=frozenset()).knows()
    bench.joining.up(100.0, heard=True)
    assert bench.actions == []
    assert bench.link.ready


def test_a_boot_made_in_another_version_is_not_replayed_and_nor_are_its_statuses():
    bench = Bench(late=True, version=Version.V201).knows()
    bench.joining.up(100.0, heard=True)
    assert bench.actions == []
    assert bench.link.ready


def test_the_serial_number_in_a_boot_is_hidden_from_whom_it_is_hidden_elsewhere():
    shaper = Shaper(Filter(pseudonymise=["serial"]), Version.V16, b"key")
    bench = Bench(late=True, shaper=shaper).knows()
    bench.joining.up(100.0, heard=True)
    assert "SN-1" not in bench.link.sent[0].call.raw.decode()
    bench.answer(status="Accepted", interval=300)
    assert bench.ledger.memory.booted == {"billing": 300.0}


# --- heartbeats -----------------------------------------------------------------------------------------------------


def accepted(interval=10):
    bench = Bench(late=True).knows(statuses=())
    bench.joining.up(100.0, heard=True)
    bench.answer(status="Accepted", interval=interval)
    return bench


def test_a_secondary_gets_heartbeats_at_the_interval_that_it_named():
    bench = accepted()
    bench.at(109.9)
    assert bench.actions == ["BootNotification"]
    bench.at(110.0)
    bench.answer()
    bench.at(120.0)
    assert bench.actions == ["BootNotification", "Heartbeat", "Heartbeat"]


def test_no_heartbeat_is_due_while_other_calls_show_that_the_station_is_there():
    bench = accepted()
    bench.link.last_sent = 108.0
    bench.at(110.0)
    assert bench.actions == ["BootNotification"]
    assert bench.joining.next_due() == 118.0


def test_heartbeats_do_not_pile_up_in_front_of_an_upstream_that_does_not_answer():
    bench = accepted()
    for now in (110.0, 120.0, 130.0):
        bench.at(now)
    assert bench.actions == ["BootNotification", "Heartbeat"]
    assert bench.link.exchange.waiting == 0


def test_no_heartbeat_goes_to_an_upstream_that_has_not_accepted_the_next_boot_yet():
    bench = accepted()
    bench.knows()
    bench.joining.boot(None, 105.0)
    bench.answer(status="Pending", interval=300)
    bench.at(120.0)
    assert bench.actions == ["BootNotification"] * 2


def test_a_primary_gets_no_heartbeats_of_the_broker_until_it_becomes_a_secondary():
    bench = Bench(beats=False, late=True).knows(statuses=())
    bench.joining.up(100.0, heard=True)
    bench.answer(status="Accepted", interval=10)
    assert bench.joining.next_due() is None
    bench.joining.take_part(ALL, None, beats=True)
    bench.at(110.0)
    assert bench.actions == ["BootNotification", "Heartbeat"]
    bench.joining.take_part(ALL, None, beats=False)
    assert bench.joining.next_due() is None


# --- boots that cross -----------------------------------------------------------------------------------------------


def test_the_answer_to_a_boot_that_was_followed_by_another_lets_nobody_in():
    bench = Bench(late=True).knows()
    bench.joining.up(100.0, heard=True)
    bench.knows(boot={**BOOT, "firmwareVersion": "2"})
    bench.joining.boot(None, 101.0)
    bench.answer(status="Accepted", interval=300)
    assert not bench.link.ready
    assert bench.ledger.memory.booted == {}
    bench.answer(status="Accepted", interval=300)
    assert bench.link.ready


def test_an_upstream_that_was_not_told_of_the_newer_boot_is_told_after_its_answer_to_the_older():
    bench = Bench(beats=False, late=True).knows()
    bench.joining.up(100.0, heard=True)
    bench.knows(boot={**BOOT, "firmwareVersion": "2"})
    bench.answer(status="Accepted", interval=300)
    assert bench.actions == ["BootNotification"] * 2
    assert bench.link.sent[1].call.payload["firmwareVersion"] == "2"


def test_an_upstream_that_accepts_the_stations_own_boot_is_not_left_alone_any_longer():
    bench = Bench(beats=False, late=True).knows(statuses=())
    bench.joining.up(100.0, heard=True)
    bench.answer(status="Pending", interval=300)
    bench.ordinary()
    bench.joining.accepted(Reply.result({"status": "Accepted", "interval": 60}), 110.0)
    assert bench.actions == ["BootNotification", "Authorize"]
    assert bench.joining.next_due() is None
    assert bench.ledger.memory.booted == {"billing": 60.0}


def test_where_a_plugin_has_answered_the_boot_the_last_known_one_is_told():
    bench = Bench().knows(statuses=())
    bench.joining.up(100.0, heard=False)
    bench.joining.heard(True, 100.0)
    bench.joining.passed_over(100.0)
    assert bench.actions == ["BootNotification"]
    bench.answer(status="Pending", interval=300)
    bench.joining.passed_over(101.0)
    assert bench.actions == ["BootNotification"], "its own interval goes before"
