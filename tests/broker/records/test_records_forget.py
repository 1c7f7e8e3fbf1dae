"""What is to be known no longer."""

import sqlite3

import pytest
from records_kit import meter, opened, reading, readings, stop, transaction

from broker.records import (
    Certificate,
    ChargingProfile,
    Connector,
    LocalList,
    Registration,
    Reservation,
    Station,
    Token,
    Variable,
    forget,
)
from broker.store import OutboxRow, ops
from broker.store.csms import TABLES
from broker.store.schema import metadata


def outbox(number, identity):
    values = {"upstream": "main", "version": "ocpp1.6", "action": "Heartbeat", "key": "k", "ref": 0, "kind": "other"}
    return ops.put_outbox(OutboxRow(id=number, identity=identity, payload=b"{}", received_at=1.0, **values))


async def fill(records, identity):
    """A row of this station in every table."""
    await records.registrations.put(Registration(identity=identity, password="sha256$0$1"))
    store = records._store
    records.later(
        records.stations.put(Station(identity=identity, version="ocpp1.6")),
        records.connectors.put(Connector(identity=identity, evse=1, connector=1)),
        records.variables.put(Variable(identity=identity, variable="v")),
        records.reservations.put(Reservation(identity=identity, reservation_id=1)),
        records.local_lists.put(LocalList(identity=identity)),
        records.charging_profiles.put(ChargingProfile(identity=identity, profile_id=1)),
        records.certificates.put(Certificate(identity=identity, key="k")),
        records.documents.put("plugin", identity, "k", 1),
        records.transactions.started(transaction(identity=identity)),
        stop(records, "-1", identity),
        *(meter(records, reading(number), None, identity) for number in range(2500)),
        records.security_events.add(identity, "x", at=1.0, received_at=1.0),
        records.events.add(
            identity, component="EVSE@1", variable="Problem", at=1.0, received_at=1.0, value="true", details={}
        ),
        records.messages.add(
            at=1.0,
            identity=identity,
            direction="",
            peer="",
            action="",
            message_id="",
            kind="",
            outcome="",
            payload=b"",
        ),
        [
            outbox(store.new_id(), identity),
            outbox(number := store.new_id(), identity),
            ops.bury(number, "refused", 1.0),
            ops.put_transaction(identity, store.new_id(), b"x"),
            ops.put_id(identity, "profile", "main", 1, 1),
            ops.put_memory(identity, b"x"),
            ops.put_route(identity, b"x"),
            ops.put_credential(identity, b"x"),
        ],
    )
    await records.commit()


async def test_nothing_of_a_station_is_left_and_nothing_of_another_is_gone(records):
    await fill(records, "CP1")
    await fill(records, "CP2")
    seen = []
    records.registrations.watchers.append(seen.append)
    before = await records._store.counts("identity", "CP2")
    assert set(before) == {table.name for table in metadata.sorted_tables if "identity" in table.c}
    gone = await records.forget_station("CP1")
    assert gone == before
    assert (gone["meter_value"], gone["charging_transaction"]) == (2500, 2)
    assert await records._store.counts("identity", "CP1") == {}
    assert await records._store.counts("identity", "CP2") == before
    assert records.registrations.get("CP1") is None
    assert seen == ["CP1"]
    assert await records.forget_station("CP1") == {}


async def test_many_rows_of_a_station_go_in_small_commits(records):
    records.later(*(meter(records, reading(number), None) for number in range(2500)))
    await records.commit()
    before = records._store.commits
    await records.forget_station("CP1")
    assert records._store.commits - before >= 3


@pytest.fixture
async def known(records):
    """CARD is in every place where a token can be."""
    await records.tokens.put_many(
        [Token(id="Card"), Token(id="child", parent="CARD", parent_type="x"), Token(id="Cards", parent="Cardx")]
    )
    info = {"status": "Accepted"}
    await records.commit(
        records.transactions.started(transaction("1", details={"info": ["cARD", {"card": "Cards"}]})),
        records.transactions.started(transaction("2", token="Friend", parent="card")),
        stop(records, "2", token="CARD"),
        records.transactions.started(transaction("3", token="Cards", details={"note": "Card"})),
        stop(records, "-1", token="card"),
        records.reservations.put(Reservation(identity="CP1", reservation_id=1, token="caRD")),
        records.reservations.put(Reservation(identity="CP1", reservation_id=2, token="Friend", parent="Card")),
        records.reservations.put(Reservation(identity="CP1", reservation_id=3, token="Cards")),
        records.local_lists.put(
            LocalList(
                identity="CP1",
                version=7,
                entries={"CARD": info, "Friend": {**info, "parentIdTag": "card"}, "Cards": {"note": "Card"}},
            )
        ),
        records.local_lists.put(
            LocalList(identity="CP2", entries={"x": {"groupIdToken": {"idToken": "CARD", "type": "Central"}}})
        ),
        records.local_lists.put(LocalList(identity="CP3", entries={"Cards": info})),
    )
    return records


async def test_a_token_is_taken_out_of_everything_that_holds_it(known):
    assert await known.tokens.find("card") is not None
    assert await known.forget_token("cArd") == {
        "token": 2,
        "charging_transaction": 3,
        "reservation": 2,
        "local_list": 2,
    }
    assert await known.tokens.find("card") is None
    child = await known.tokens.find("child")
    assert (child.parent, child.parent_type) == (None, None)
    assert (await known.tokens.find("cards")).parent == "Cardx"
    rows = await known.transactions.page()
    assert [(row.token, row.parent, row.stop_token) for row in rows] == [
        ("", None, None),
        ("Friend", "", ""),
        ("Cards", None, None),
        (None, None, ""),
    ]
    assert rows[0].details == {"info": ["", {"card": "Cards"}]}
    assert rows[2].details == {"note": "Card"}, "of somebody else's transaction"
    assert [(row.token, row.parent) for row in await known.reservations.of("CP1")] == [
        ("", None),
        ("Friend", ""),
        ("Cards", None),
    ]
    assert await known.forget_token("card") == {}


async def test_lists_stay_with_what_else_is_in_them(known):
    await known.forget_token("card")
    info = {"status": "Accepted"}
    first = await known.local_lists.get("CP1")
    assert (first.version, first.entries) == (7, {}), "a version without entries: nobody knows what the station has"
    assert (await known.local_lists.get("CP2")).entries == {}
    assert (await known.local_lists.get("CP3")).entries == {"Cards": info}


async def test_the_transactions_stay_what_they_were_and_can_be_told_apart(known):
    await known.commit(known.transactions.started(transaction("9", key="made of Card")))
    await known.forget_token("card")
    first, second, _, orphan, last = await known.transactions.page()
    assert (first.meter_start, second.energy, orphan.start_key) == (100, 800, "")
    assert len({first.start_key, last.start_key}) == 2
    assert "Card" not in first.start_key + last.start_key
    assert second.start_key == "first", "of another token"
    await known.commit(stop(known, "1"))
    assert (await known.transactions.get("CP1", "1")).ref == first.ref


async def test_no_column_and_no_document_holds_it_any_more(url):
    async with opened(url) as records:
        await records.tokens.put(Token(id="SECRET-CARD"))
        await records.commit(
            records.transactions.started(transaction(token="SECRET-CARD", key="1", details={"t": "SECRET-CARD"})),
            stop(records, token="secret-card"),
            records.local_lists.put(LocalList(identity="CP1", entries={"SECRET-CARD": {}})),
        )
        await records.forget_token("SECRET-CARD")
    other = sqlite3.connect(url.removeprefix("sqlite:///"))
    for table in TABLES:
        assert "secret" not in str(other.execute(f"SELECT * FROM {table.name}").fetchall()).lower()
    other.close()


async def test_a_list_that_is_changed_while_it_is_looked_through_keeps_its_change(records, monkeypatch):
    await records.commit(records.local_lists.put(LocalList(identity="CP1", version=1, entries={"Card": {}, "a": {}})))
    found, holders = [], forget._holders

    async def slow(store, name):
        ops_ = await holders(store, name)
        if not found:
            found.append(ops_)
            change = records.local_lists.put(LocalList(identity="CP1", version=2, entries={"Card": {}, "b": {}}))
            await records.commit(change)
        return ops_

    monkeypatch.setattr(forget, "_holders", slow)
    await records.forget_token("Card")
    row = await records.local_lists.get("CP1")
    assert (row.version, row.entries) == (2, {})


async def test_more_lists_than_are_read_at_once_are_all_looked_through(records):
    records.later(
        *(records.local_lists.put(LocalList(identity=f"CP{n}", entries={"Card": {}, "a": {}})) for n in range(120))
    )
    assert await records.forget_token("card") == {"local_list": 120}
    assert (await records.local_lists.get("CP77")).entries == {}


@pytest.mark.parametrize("name", ['a"b\\c', "grün", "a b\n", "status", "Accepted"])
async def test_whatever_it_is_called_it_is_found_and_nothing_else_is(records, name):
    entries = {name: {"status": "Accepted"}, "other": {"status": "Accepted", "parentIdTag": name}}
    others = {"other": {"status": "Accepted"}}
    await records.commit(
        records.local_lists.put(LocalList(identity="CP1", entries=entries)),
        records.local_lists.put(LocalList(identity="CP2", entries=others)),
    )
    await records.forget_token(name)
    assert (await records.local_lists.get("CP1")).entries == {}
    assert (await records.local_lists.get("CP2")).entries == others


async def test_nobody_is_left_where_a_token_was(known):
    await known.commit(known.transactions.started(transaction("7", token="Card")))
    await known.forget_token("card")
    assert await known.transactions.open_with_token("") == []
    before = known._store.commits
    assert await known.forget_token("") == {}
    assert known._store.commits == before


async def test_meter_values_of_the_transaction_stay(records):
    await records.commit(records.transactions.started(transaction()), meter(records, reading(1)))
    await records.forget_token("card")
    assert readings(await records.meter_values.of_transaction("CP1", "5")) == [1]
