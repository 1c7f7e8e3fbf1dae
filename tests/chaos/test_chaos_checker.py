"""The checker passes a good history and fails on each kind of violation that is planted in it."""

import chaos_messages as messages
import pytest
from chaos_checker import RULES, repeats, violations
from chaos_history import Fault, History, Promise

AT = "2026-01-01T00:00:00.000Z"
OLD, NEW = "OLD-1", "NEW-1"
OWN = {"main": 10, "second": 77}
"""What the upstreams call transaction 1 of OLD; OLD itself calls it 10."""


def story(identity):
    """(number, action, payload for whom) of a whole transaction and a security event."""
    if identity == NEW:
        kinds = ("Started", "Updated", "Updated", "Ended")
        for number, kind in enumerate(kinds, 1):
            payload = messages.event(number, kind, "tx", number - 1, 1, "TAG", AT)
            yield number, "TransactionEvent", lambda ids, payload=payload: dict(payload)
    else:
        yield 1, "StartTransaction", lambda ids: messages.start(1, 1, "TAG", AT)
        for number in (2, 3):
            yield number, "MeterValues", lambda ids, number=number: messages.meter(number, 1, ids, AT)
        yield 4, "StopTransaction", lambda ids: messages.stop(4, ids, "TAG", AT)
    yield 5, "SecurityEventNotification", lambda ids: messages.security(5, AT)


class Planted:
    """Records of a good run, to be spoiled before `history` puts them together."""

    def __init__(self):
        self.groups = {OLD: Promise(("main",), ("second",)), NEW: Promise(("main", "backup"), ("second",))}
        self.station = {OLD: [], NEW: []}
        self.upstream = {(name, identity): [] for name in OWN for identity in self.station}
        self.faults, self.crashes, self.undrained = [], [], []
        for identity in self.station:
            for number, action, make in story(identity):
                self.station[identity].append(sent(number, action, make(10), None if number == 5 else 1))
                self.station[identity].append({"e": "ack", "n": number, "t": number + 0.5, "r": {}})
                for name, own in OWN.items():
                    self.upstream[name, identity].append(got(number, action, make(own), number, own))

    def history(self):
        made = History(self.groups, faults=self.faults, crashes=self.crashes, undrained=self.undrained)
        for identity, records in self.station.items():
            for record in records:
                made.station_saw({"s": identity, **record})
        for (name, identity), records in self.upstream.items():
            for record in records:
                made.upstream_saw(name, {"s": identity, **record})
        return made

    def found(self):
        """(rule, identity, upstream) of each violation."""
        return [one[:3] for one in violations(self.history())]


def sent(number, action, payload, transaction):
    return {"e": "sent", "t": float(number), "n": number, "a": action, "p": payload, "k": transaction, "b": number == 1}


def got(number, action, payload, at, own=0):
    result = {"transactionId": own} if action == "StartTransaction" else {}
    return {"e": "got", "t": float(at), "a": action, "p": payload, "r": result}


@pytest.fixture
def planted():
    return Planted()


def test_a_good_history_has_no_violation(planted):
    assert planted.found() == []


def test_every_rule_has_its_test_here():
    assert list(RULES) == ["lost", "order", "ids", "content", "repeats", "open calls", "commands", "stuck", "crash"]


# --- lost -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("identity", [OLD, NEW])
def test_a_message_that_is_not_where_it_was_promised_is_lost(planted, name, at, identity):
    del planted.upstream[name, identity][at]
    assert ("lost", identity, name) in planted.found()


def test_a_message_that_was_never_acknowledged_may_be_anywhere_or_nowhere(planted):
    planted.station[NEW] = [one for one in planted.station[NEW] if (one["e"], one["n"]) != ("ack", 4)]
    del planted.upstream["main", NEW][3]
    assert planted.found() == []


def test_a_message_that_the_upstream_refused_has_not_arrived(planted):
    planted.upstream["second", OLD][3]["r"] = None
    assert planted.found() == [("lost", OLD, "second")]


def test_an_upstream_that_was_never_reached_at_all_has_lost_everything(planted):
    del planted.upstream["second", OLD]
    assert planted.found() == [("lost", OLD, "second")] * 5


def test_another_owner_may_have_the_transaction_but_not_a_part_of_it(planted):
    planted.upstream["backup", NEW] = planted.upstream.pop(("main", NEW))
    assert planted.found() == []
    planted.upstream["main", NEW] = [planted.upstream["backup", NEW].pop(3)]
    assert planted.found() == [("lost", NEW, "backup")]


def test_a_secondary_is_no_owner(planted):
    planted.upstream["main", OLD].clear()
    assert set(planted.found()) == {("lost", OLD, "main")}


# --- order, ids, content ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", [OLD, NEW])
def test_messages_of_a_transaction_that_change_places_are_out_of_order(planted, identity):
    records = planted.upstream["second", identity]
    records[1], records[2] = records[2], records[1]
    assert planted.found() == [("order", identity, "second")]


def test_a_message_of_no_transaction_may_overtake(planted):
    records = planted.upstream["second", OLD]
    records.insert(0, records.pop())
    assert planted.found() == []


@pytest.mark.parametrize("at", [1, 2, 3])
def test_the_id_of_another_upstream_is_foreign(planted, at):
    planted.upstream["second", OLD][at]["p"]["transactionId"] = OWN["main"]
    assert planted.found() == [("ids", OLD, "second")]


def test_an_id_that_is_given_only_afterwards_is_foreign(planted):
    records = planted.upstream["second", OLD]
    records.insert(1, records.pop(0))
    assert planted.found() == [("order", OLD, "second"), ("ids", OLD, "second")]


def test_the_own_id_of_another_transaction_of_the_station_is_foreign(planted):
    planted.station[OLD] += [sent(6, "StartTransaction", messages.start(6, 2, "TAG", AT), 2)]
    planted.upstream["second", OLD].insert(3, got(6, "StartTransaction", messages.start(6, 2, "TAG", AT), 4, 78))
    planted.upstream["second", OLD][4]["p"]["transactionId"] = 78
    assert planted.found() == [("ids", OLD, "second")]


def test_each_id_that_a_repeated_start_was_given_will_do(planted):
    records = planted.upstream["second", OLD]
    records.insert(1, got(1, "StartTransaction", messages.start(1, 1, "TAG", AT), 1.5, 78))
    records[2]["p"]["transactionId"] = 78
    planted.faults = [Fault(1.2, 1.3, "kill")]
    assert planted.found() == []


def test_a_start_that_was_refused_gives_no_id(planted):
    planted.upstream["second", OLD][0]["r"] = None
    assert ("ids", OLD, "second") in planted.found()


@pytest.mark.parametrize(
    ("identity", "at", "change"),
    [
        (OLD, 0, {"idTag": "OTHER"}),
        (OLD, 1, {"connectorId": 2}),
        (OLD, 3, {"reason": "Other"}),
        (NEW, 1, {"seqNo": 9}),
        (NEW, 0, {"transactionInfo": {"transactionId": "other"}}),
        (NEW, 4, {"type": "Other"}),
    ],
)
def test_a_changed_message_is_found(planted, identity, at, change):
    planted.upstream["second", identity][at]["p"].update(change)
    assert planted.found() == [("content", identity, "second")]


def test_a_message_that_nobody_sent_is_found(planted):
    planted.upstream["main", OLD].append(got(9, "SecurityEventNotification", messages.security(9, AT), 9))
    assert planted.found() == [("content", OLD, "main")]


def test_a_message_whose_number_is_gone_is_found(planted):
    planted.upstream["second", NEW][1]["p"]["meterValue"] = []
    assert set(planted.found()) == {("content", NEW, "second"), ("lost", NEW, "second")}


def test_offline_may_differ_between_submissions(planted):
    planted.upstream["second", NEW][1]["p"]["offline"] = True
    assert planted.found() == []


# --- repeats ----------------------------------------------------------------------------------------------------------


def repeat(planted, at, *, number=2, name="second", identity=OLD):
    record = planted.upstream[name, identity][number - 1]
    planted.upstream[name, identity].append(record | {"t": at})


def test_a_repeat_without_a_fault_is_a_violation(planted):
    repeat(planted, 6.0)
    assert planted.found() == [("repeats", OLD, "second")]


@pytest.mark.parametrize(
    ("fault", "explains"),
    [
        (Fault(3.0, 4.0, "kill"), True),
        (Fault(0.0, 2.5, "reset", frozenset({OLD})), True),
        (Fault(5.0, 9.0, "outage", None, "second"), True),
        (Fault(0.0, 0.5, "kill"), False),
        (Fault(6.5, 9.0, "kill"), False),
        (Fault(3.0, 4.0, "reset", frozenset({NEW})), False),
        (Fault(3.0, 4.0, "outage", None, "main"), False),
    ],
)
def test_a_fault_explains_a_repeat_when_it_touched_it_in_time(planted, fault, explains):
    repeat(planted, 6.0)
    planted.faults = [fault]
    assert (planted.found() == []) is explains


def test_one_fault_explains_one_repeat_of_a_station_at_an_upstream(planted):
    planted.faults = [Fault(4.5, 5.5, "kill")]
    repeat(planted, 6.0)
    repeat(planted, 6.0, name="main")
    repeat(planted, 6.0, identity=NEW)
    assert planted.found() == []
    repeat(planted, 6.1, number=3)
    assert planted.found() == [("repeats", OLD, "second")]


def test_faults_are_given_to_repeats_so_that_most_are_explained(planted):
    repeat(planted, 7.0, number=2)
    repeat(planted, 8.0, number=5)
    planted.faults = [Fault(6.5, 6.6, "kill"), Fault(2.0, 3.0, "kill")]
    assert planted.found() == []


def test_a_message_that_was_refused_comes_again_without_a_fault(planted):
    planted.upstream["second", OLD][1]["r"] = None
    record = planted.upstream["second", OLD][1]
    planted.upstream["second", OLD].insert(2, record | {"t": 2.5, "r": {}})
    assert planted.found() == []
    assert repeats(planted.history().upstreams["second"][OLD]) == []


def test_a_refusal_by_another_upstream_explains_one_repeat_of_that_station(planted):
    record = planted.upstream["main", OLD][1]
    planted.upstream["main", OLD][1:2] = [record | {"r": None}, record | {"t": 2.5}]
    repeat(planted, 3.0)
    assert planted.found() == []
    repeat(planted, 3.0, identity=NEW)
    assert planted.found() == [("repeats", NEW, "second")]
    repeat(planted, 3.5)
    assert sorted(planted.found()) == [("repeats", NEW, "second"), ("repeats", OLD, "second")]


# --- calls, commands, crashes -----------------------------------------------------------------------------------------


def test_a_second_open_call_at_the_station_is_found(planted):
    planted.station[OLD].append({"e": "overlap", "t": 3.0, "a": "DataTransfer"})
    assert planted.found() == [("open calls", OLD, "")]


def test_a_second_open_call_at_an_upstream_is_found(planted):
    planted.upstream["main", OLD].append({"e": "overlap", "t": 3.0, "a": "MeterValues"})
    assert planted.found() == [("open calls", OLD, "main")]


@pytest.mark.parametrize(
    ("name", "fault", "excused"),
    [
        ("main", Fault(1.0, 2.9, "outage", None, "main"), True),
        ("main", Fault(1.0, 2.9, "outage", None, "second"), False),
        ("main", Fault(1.0, 2.9, "reset", None, "main"), False),
        ("main", Fault(1.0, 1.5, "hang", None, "main"), False),
        ("", Fault(1.0, 2.9, "hang", frozenset({OLD})), True),
        ("", Fault(1.0, 2.9, "hang", frozenset({NEW})), False),
        ("", Fault(1.0, 2.9, "hang", None, "main"), False),
    ],
)
def test_calls_that_were_held_back_and_given_up_may_arrive_together(planted, name, fault, excused):
    records = planted.upstream[name, OLD] if name else planted.station[OLD]
    records.append({"e": "overlap", "t": 3.0, "a": "MeterValues"})
    planted.faults = [fault]
    assert (planted.found() == []) is excused


def asked(action, payload, result, number=None):
    return {"e": "asked", "a": action, "p": payload, "n": number, "since": 2.0, "t": 3.0, "r": result, "x": None}


@pytest.mark.parametrize(
    ("result", "good"),
    [
        ({"status": "Accepted", "data": "main-1@OLD-1"}, True),
        ({"status": "Accepted", "data": "second-1@OLD-1"}, False),
        ({"status": "Accepted", "data": "main-1@OLD-2"}, False),
        ({"status": "Rejected"}, True),
        (None, True),
    ],
)
def test_an_answer_to_somebody_elses_call_is_found(planted, result, good):
    planted.upstream["main", OLD].append(asked("DataTransfer", {"data": "main-1"}, result))
    assert planted.found() == ([] if good else [("commands", OLD, "main")])


@pytest.mark.parametrize(
    ("told", "good"),
    [
        ({"k": 1, "t": 2.5}, True),
        ({"k": 2, "t": 2.5}, False),
        ({"k": 1, "t": 1.5}, False),
        ({"k": 1, "t": 3.5}, False),
    ],
)
def test_a_remote_stop_must_reach_the_transaction_that_was_meant(planted, told, good):
    planted.upstream["main", OLD].append(
        asked("RemoteStopTransaction", {"transactionId": 10}, {"status": "Accepted"}, 1)
    )
    planted.station[OLD].append({"e": "told", "a": "RemoteStopTransaction", "p": {}} | told)
    assert planted.found() == ([] if good else [("commands", OLD, "main")])


def test_a_remote_stop_that_was_not_accepted_need_not_have_come(planted):
    planted.upstream["main", OLD].append(
        asked("RemoteStopTransaction", {"transactionId": 10}, {"status": "Rejected"}, 1)
    )
    assert planted.found() == []


def test_a_command_for_a_transaction_that_the_station_never_had_is_found(planted):
    told = {"e": "told", "a": "RemoteStopTransaction", "p": {"transactionId": 77}, "t": 2.0, "unknown": True}
    planted.station[OLD].append(told)
    assert planted.found() == [("commands", OLD, "")]


def test_an_id_that_an_upstream_named_itself_may_be_unknown_to_the_station(planted):
    told = {"e": "told", "a": "RemoteStopTransaction", "p": {"transactionId": 78}, "t": 2.0, "unknown": True}
    asking = {"e": "asking", "a": "RemoteStopTransaction", "p": {"transactionId": 78}, "t": 1.9}
    planted.station[OLD].append(told)
    planted.upstream["main", OLD].append(asking)
    assert planted.found() == []
    asking["t"] = 2.1
    assert planted.found() == [("commands", OLD, "")]


def test_a_station_that_never_gets_rid_of_its_messages_is_stuck(planted):
    planted.undrained = [OLD]
    assert planted.found() == [("stuck", OLD, "")]


def test_a_crash_of_the_broker_is_a_violation(planted):
    planted.crashes = ["exit code 1"]
    assert planted.found() == [("crash", "", "")]


def test_messages_that_are_acknowledged_are_counted(planted):
    assert planted.history().acknowledged == 10
