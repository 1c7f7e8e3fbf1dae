"""Peers that count in lockstep, dead clocks, lost answers, restarts: nothing ever names another one's transaction."""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from transactions_kit import DONE, FAILED, LOCAL, A, B, Disk, ask, meter, start, started, stop, table

from broker.ocpp import Reply
from broker.ocpp.heads import Head

PEERS = (A, B, LOCAL)
CONNECTORS = st.integers(1, 2)
WEIRD = st.sampled_from([0, -1, 2**63 - 1, 1000, 1001, 2**31 - 1])


@dataclass
class Charge:
    """What really happened at one connector: the truth that the table has to find its way to."""

    said: Head
    owner: str
    answer: Reply
    station_id: int
    ref: int
    names: dict[str, set[int]] = field(default_factory=dict)
    repeatable: bool = True
    over: bool = False


class Station(RuleBasedStateMachine):
    charges = Bundle("charges")

    def __init__(self) -> None:
        super().__init__()
        self.disk = Disk()
        self.table = table()
        self.counters = dict.fromkeys(PEERS, 0)
        self.all: list[Charge] = []
        self.clock = 0

    def mint(self, peer: str, weird: int | None) -> int:
        """The peer's next number: 1, 2, 3 with every peer; never one that it has used before."""
        taken = {number for charge in self.all for number in charge.names.get(peer, ())}
        if weird is not None and weird not in taken:
            return weird
        self.counters[peer] += 1
        return self.counters[peer] if self.counters[peer] not in taken else self.mint(peer, None)

    @initialize(target=charges)
    def begins_a_first_one(self):
        return self.starts_one(1, True, A, False, None)

    @rule(
        target=charges,
        connector=CONNECTORS,
        dead=st.booleans(),
        owner=st.sampled_from([A, B]),
        stands_in=st.booleans(),
        weird=st.none() | WEIRD,
    )
    def starts(self, connector, dead, owner, stands_in, weird):
        return self.starts_one(connector, dead, owner, stands_in, weird)

    def starts_one(self, connector, dead, owner, stands_in, weird):
        self.clock += 1
        said = start(connector, when="1970" if dead else str(self.clock))
        if any(charge.said.key == said.key and charge.repeatable for charge in self.all):
            return multiple()  # nobody could tell it from a repeated one
        assert self.table.repeated(said) is None
        peer = LOCAL if stands_in else owner
        number = self.mint(peer, weird)
        answer = ask(self.table, said, started(number), peer, owner)
        tx = self.table.of(said)
        assert tx is not None
        charge = Charge(said, owner, answer, answer.payload["transactionId"], tx.ref, {peer: {number}})
        assert (tx.station_id, tx.owner, tx.provisional) == (charge.station_id, owner, stands_in)
        for earlier in self.all:
            assert (earlier.ref == charge.ref, earlier.station_id == charge.station_id) == (False, False)
            if earlier.said.call.payload["connectorId"] == connector:
                earlier.repeatable = False
        self.all.append(charge)
        return charge

    @rule(charge=charges)
    def starts_again(self, charge):
        """The answer was lost."""
        again = self.table.repeated(charge.said)
        if charge.repeatable:
            assert again is not None
            assert again.raw == charge.answer.raw
        else:
            other = [one for one in self.all if one.repeatable and one.said.key == charge.said.key]
            assert (again is None) == (not other)

    @rule(charge=charges, peer=st.sampled_from(PEERS), weird=st.none() | WEIRD, refuses=st.booleans())
    def a_copy_is_answered(self, charge, peer, weird, refuses):
        tx = self.table.by_ref(charge.ref)
        assert tx is not None
        if refuses:
            assert not self.table.learn(tx, peer, Reply.result({}))
            return
        number = self.mint(peer, weird)
        assert self.table.learn(tx, peer, started(number))
        charge.names.setdefault(peer, set()).add(number)

    @rule(charge=charges, value=st.sampled_from("123"), answer=st.sampled_from([DONE, FAILED]))
    def meters(self, charge, value, answer):
        self.passes(charge, said := meter(charge.station_id, value))
        ask(self.table, said, answer, charge.owner)
        charge.repeatable = False

    @rule(charge=charges)
    def stops(self, charge):
        self.passes(charge, said := stop(charge.station_id))
        ask(self.table, said, DONE, charge.owner)
        charge.repeatable, charge.over = False, True
        assert self.table.repeated(said) is not None

    def passes(self, charge: Charge, said: Head) -> None:
        tx = self.table.of(said)
        assert tx is not None
        assert (tx.ref, tx.owner) == (charge.ref, charge.owner)
        for peer in PEERS:
            out = self.table.to_peer(tx, peer, said.call)
            if out is None:
                assert peer not in charge.names
            else:
                assert out.payload["transactionId"] in charge.names[peer]

    @rule(number=WEIRD | st.integers(0, 12))
    def says_a_number_that_it_was_never_given(self, number):
        if all(charge.station_id != number for charge in self.all):
            assert self.table.of(stop(number)) is None
            for peer in PEERS:
                out = self.table.to_peer(None, peer, stop(number).call)
                current = {tx.ids[peer] for charge in self.all if peer in (tx := self.table.by_ref(charge.ref)).ids}
                assert (out is None) == (number in current)

    @rule(peer=st.sampled_from([*PEERS, "stranger"]), number=WEIRD | st.integers(0, 12))
    def is_told_a_number(self, peer, number):
        given = self.table.to_station(peer, number)
        meant = [charge for charge in self.all if charge.station_id == given]
        for charge in meant:
            assert number in charge.names.get(peer, ())
        if given is not None and not meant:
            assert given == number

    @rule()
    def restarts(self):
        self.table = self.disk.restarted(self.table)

    @invariant()
    def the_open_ones_are_those_of_the_station_each_with_its_own_id(self):
        rows = self.table.open()
        assert len({tx.station_id for tx in rows}) == len(rows)
        running = {charge.ref for charge in self.all if not charge.over}
        assert {tx.ref for tx in rows} <= running
        if len(running) <= 8:
            assert len(rows) == len(running)

    @invariant()
    def the_last_name_that_a_peer_gave_is_the_one_that_leads_to_the_station(self):
        for charge in self.all:
            tx = self.table.by_ref(charge.ref)
            assert tx is not None
            assert set(tx.ids) == set(charge.names)
            for peer, number in tx.ids.items():
                assert self.table.to_station(peer, number) == charge.station_id


TestStation = Station.TestCase
TestStation.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
