"""Two upstreams and the API that count in lockstep, behind one station, with restarts of the broker (hypothesis)."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from broker.ocpp import Call, Version
from broker.ocpp.ids import Space
from broker.session.books.idmap import IdMap, IdRow

PEERS = ("first", "second", "api")
peers = st.sampled_from(PEERS)
numbers = st.integers(1, 6)


class Store:
    """The rows as a store keeps them: the key is (space, peer, peer_id)."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, int], IdRow] = {}

    def take(self, ids: IdMap) -> None:
        added, removed = ids.changes()
        keys = [(row.space, row.peer, row.peer_id) for row in [*added, *removed]]
        assert len(keys) == len(set(keys))
        for row in removed:
            self.rows.pop((row.space, row.peer, row.peer_id), None)
        for row in added:
            self.rows[row.space, row.peer, row.peer_id] = row

    def load(self, shuffle: int) -> list[IdRow]:
        return sorted(self.rows.values(), key=lambda row: hash((shuffle, row.peer_id, row.station_id)))


class Lockstep(RuleBasedStateMachine):
    """The station knows profiles and requests by its numbers; who is behind each is known here, not to the map."""

    def __init__(self) -> None:
        super().__init__()
        self.ids = IdMap()
        self.store = Store()
        self.next = dict.fromkeys(PEERS, 1)
        self.profiles: dict[int, tuple[str, int]] = {3: ("nobody", 3), -1: ("nobody", -1)}
        self.requests: dict[int, tuple[str, int]] = {}
        self.lent: dict[str, dict[int, tuple[str, int]]] = {peer: {} for peer in PEERS}

    def send(self, peer: str, action: str, payload: dict) -> dict:
        call = Call.of(action, payload, version=Version.V21, origin=peer)
        sent = self.ids.translate_to_station(peer, call, lambda *_: None)
        assert sent is not None
        return sent.payload

    def number(self, peer: str, again: int) -> int:
        """A peer counts on, or takes one of its old numbers again."""
        if again < self.next[peer]:
            return again
        self.next[peer] += 1
        return self.next[peer] - 1

    @rule(peer=peers, again=numbers)
    def ask(self, peer: str, again: int) -> None:
        number = self.number(peer, again)
        at_station = self.send(peer, "GetReport", {"requestId": number})["requestId"]
        assert self.requests.get(at_station, (peer, number)) == (peer, number)
        self.requests[at_station] = (peer, number)

    @rule(data=st.data())
    def report(self, data: st.DataObject) -> None:
        if not self.requests:
            return
        at_station = data.draw(st.sampled_from(sorted(self.requests)))
        peer, number = self.requests[at_station]
        report = Call.of("NotifyReport", {"requestId": at_station, "tbc": True}, version=Version.V21)
        assert self.ids.owner_of(report) == peer
        for other in PEERS:
            told = self.ids.translate_to_peer(other, report)
            assert (told is not None) is (other == peer)
            assert told is None or told.payload == {"requestId": number, "tbc": True}

    @rule(peer=peers, again=numbers)
    def set_profile(self, peer: str, again: int) -> None:
        number = self.number(peer, again)
        payload = {"evseId": 0, "chargingProfile": {"id": number}}
        at_station = self.send(peer, "SetChargingProfile", payload)["chargingProfile"]["id"]
        assert self.profiles.get(at_station, (peer, number)) in ((peer, number), ("nobody", number))
        self.profiles[at_station] = (peer, number)
        self.lent[peer].pop(number, None)

    @rule(peer=peers, number=st.integers(-1, 8), forget=st.booleans())
    def clear_profile(self, peer: str, number: int, forget: bool) -> None:
        at_station = self.send(peer, "ClearChargingProfile", {"chargingProfileId": number})["chargingProfileId"]
        cleared = self.profiles.pop(at_station, None)
        own = {("nobody", number), (peer, number), self.lent[peer].get(number)}
        assert cleared is None or cleared in own
        if cleared is not None and forget:
            self.ids.forget(Space.PROFILE, at_station)

    @rule(peer=peers)
    def report_profiles(self, peer: str) -> None:
        self.lent[peer].clear()
        request = self.send(peer, "GetChargingProfiles", {"requestId": self.number(peer, 99), "chargingProfile": {}})
        self.requests[request["requestId"]] = (peer, self.next[peer] - 1)
        listed = [{"id": number} for number in self.profiles]
        report = Call.of("ReportChargingProfiles", {**request, "chargingProfile": listed}, version=Version.V21)
        told = self.ids.translate_to_peer(peer, report)
        assert told is not None
        names = [profile["id"] for profile in told.payload["chargingProfile"]]
        assert len(names) == len(set(names))
        for (at_station, (owner, number)), name in zip(self.profiles.items(), names, strict=True):
            assert owner != peer or name == number
            assert self.send(peer, "ClearChargingProfile", {"chargingProfileId": name}) == {
                "chargingProfileId": at_station
            }
            if owner != peer:
                assert (peer, name) not in self.profiles.values()
                self.lent[peer][name] = (owner, number)

    @rule(peer=peers, number=st.integers(0, 8))
    def a_transaction_mentions_a_remote_start(self, peer: str, number: int) -> None:
        at_station = self.send(peer, "RequestStartTransaction", {"remoteStartId": number})["remoteStartId"]
        event = Call.of("TransactionEvent", {"transactionInfo": {"remoteStartId": at_station}}, version=Version.V21)
        for other in PEERS:
            told = self.ids.translate_to_peer(other, event)
            assert told is not None
            assert told.payload == {"transactionInfo": {"remoteStartId": number} if other == peer else {}}

    @rule(shuffle=st.integers(0, 3))
    def restart(self, shuffle: int) -> None:
        self.store.take(self.ids)
        self.ids = IdMap(self.store.load(shuffle))
        assert self.ids.changes() == ([], [])

    @invariant()
    def what_the_store_has_is_what_is_known(self) -> None:
        self.store.take(self.ids)
        assert {(row.space, row.peer, row.peer_id): row for row in self.ids.rows()} == self.store.rows

    @invariant()
    def what_is_trivial_is_the_same_on_both_sides_and_one_peers(self) -> None:
        rows = self.ids.rows()
        same = all(row.peer_id == row.station_id for row in rows)
        assert not self.ids.trivial or (same and len({row.peer for row in rows}) < 2)


TestLockstep = Lockstep.TestCase
TestLockstep.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)

steps = st.lists(
    st.tuples(peers, st.integers(-2, 5), st.sampled_from(["give", "name", "report", "forget"])), max_size=40
)


@settings(deadline=None)
@given(steps)
def test_with_a_small_limit_the_map_stays_small_and_one_to_one(todo):
    ids, store = IdMap(limit=2), Store()
    for peer, number, what in todo:
        if what == "give":
            at_station = ids.to_station(peer, Space.PROFILE, number)
            assert ids.to_peer(peer, Space.PROFILE, at_station) == number
        elif what == "name":
            at_station = ids.to_station(peer, Space.PROFILE, number, named=True)
            assert (
                ids.owner(Space.PROFILE, at_station) in (None, peer)
                or ids.to_peer(peer, Space.PROFILE, at_station, report=True) == number
            )
        elif what == "report":
            name = ids.to_peer(peer, Space.PROFILE, number, report=True)
            assert name is not None
            assert ids.to_station(peer, Space.PROFILE, name, named=True) == number
        else:
            ids.forget(Space.PROFILE, number)
        store.take(ids)
    rows = ids.rows()
    assert {(row.space, row.peer, row.peer_id): row for row in rows} == store.rows
    assert max(Counter((row.space, row.peer) for row in rows).values(), default=0) <= 2
    assert max(Counter(row.station_id for row in rows if row.space == "profile").values(), default=0) <= 1
    assert max(Counter((row.peer, row.peer_id) for row in rows).values(), default=0) <= 1
    assert max(Counter((row.peer, row.station_id) for row in rows).values(), default=0) <= 1
