"""Transactions of 2.x, which are put as a whole."""

from records_kit import meter, reading, readings, stop, transaction


def of_two(number="uuid", **changes):
    return transaction(number, key="", **({"version": "ocpp2.0.1"} | changes))


async def rows(records):
    return await records.transactions.page(limit=1000)


async def test_what_is_put_is_what_is_read(records):
    row = of_two(evse=2, details={"seq": [[0, 3]], "chargingState": "Charging"}, meter_stop=300, ended=True)
    await records.commit(records.transactions.put(row))
    found = await records.transactions.get("CP1", "uuid")
    assert found.ref > 0
    row.ref = found.ref
    assert found == row


async def test_to_put_it_again_keeps_its_number(records):
    await records.commit(records.transactions.put(of_two(meter_start=None)))
    (first,) = await rows(records)
    await records.commit(records.transactions.put(of_two(status="Blocked", details={"seq": [[0, 1]]})))
    (second,) = await rows(records)
    assert second.ref == first.ref
    assert (second.status, second.meter_start, second.details) == ("Blocked", 100, {"seq": [[0, 1]]})


async def test_of_several_in_one_commit_the_last_counts(records):
    changes = [records.transactions.put(of_two(updated_at=float(number))) for number in range(3)]
    await records.commit(*changes)
    (row,) = await rows(records)
    assert row.updated_at == 2.0


async def test_the_same_id_at_another_station_is_another_one(records):
    await records.commit(*(records.transactions.put(of_two(identity=name)) for name in ("CP1", "CP2")))
    assert [row.identity for row in await rows(records)] == ["CP1", "CP2"]


async def test_its_meter_values_are_found_by_its_id(records):
    await records.commit(records.transactions.put(of_two()), meter(records, reading(7), "uuid"))
    await records.commit(records.transactions.put(of_two(ended=True)))
    assert readings(await records.meter_values.of_transaction("CP1", "uuid")) == [7]


async def test_those_of_1_6_stand_beside_them(records):
    await records.commit(records.transactions.started(transaction()), records.transactions.put(of_two()), stop(records))
    assert [(row.version, row.transaction_id, row.ended) for row in await rows(records)] == [
        ("ocpp1.6", "5", True),
        ("ocpp2.0.1", "uuid", False),
    ]
    assert [row.transaction_id for row in await records.transactions.open_of("CP1")] == ["uuid"]
