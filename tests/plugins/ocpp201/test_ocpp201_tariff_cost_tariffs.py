import json

import pytest

from broker.api import Reservation, Token, Variable
from plugins.ocpp201.tariff_cost import tariffs as module
from plugins.ocpp201.tariff_cost.config import TariffOptions
from plugins.ocpp201.tariff_cost.tariffs import SHARED, Tariffs
from tests.plugins.ocpp201.ocpp201_tariff_kit import FULL, KWH, NOW, TX, Neighbour, priced, tariff, transaction

LATER = {**KWH, "tariffId": "LATER", "validFrom": "2026-01-02T00:00:00Z"}


@pytest.fixture
async def h():
    tokens = (Token(id="RICH", tariff="FULL"), Token(id="ODD", tariff="NONE"), Token(id="EARLY", tariff="LATER"))
    async with priced(tariffs=[KWH, FULL, LATER], stations={"CP002": "FULL"}, tokens=tokens) as found:
        found.book = Neighbour.latest.shared[SHARED]
        yield found


async def measured(h, *readings, transaction_id=TX, **sampled):
    for number, (minute, wh) in enumerate(readings):
        value = {"timestamp": f"2026-01-01T00:{minute:02}:00Z", "sampledValue": [{"value": wh, **sampled}]}
        await h.records.commit(
            h.records.meter_values.add(
                "CP001", transaction_id, evse=1, connector=1, version="ocpp2.1",
                payload=json.dumps([value]).encode(), received_at=NOW + number,
            )
        )  # fmt: skip


async def test_the_driver_s_own_tariff_counts_before_that_of_the_station_and_the_default(h):
    async def whose(token=None, identity="CP001"):
        row = transaction(token=token, started_at=NOW)
        row.identity = identity
        return (await h.book.of_transaction(row)).tariffId

    assert [await whose(token) for token in (None, "CARD", "RICH", "ODD", "nobody")] == [
        "KWH",
        "KWH",
        "FULL",
        "KWH",
        "KWH",
    ]
    assert await whose(identity="CP002") == "FULL"


async def test_a_tariff_that_is_not_valid_yet_is_passed_over(h):
    assert (await h.book.of_transaction(transaction(token="EARLY", started_at=NOW))).tariffId == "KWH"
    assert (await h.book.of_transaction(transaction(token="EARLY", started_at=NOW + 86_400))).tariffId == "LATER"
    assert h.book.tariff_of(h.session("ocpp2.1"), "EARLY")["tariffId"] == "KWH"
    h.clock.advance(86_400)
    assert h.book.tariff_of(h.session("ocpp2.1"), "EARLY") == LATER


async def test_others_ask_by_token_id_token_or_text(h):
    session = h.session("ocpp2.1")
    for who in (Token(id="X", tariff="FULL"), {"idToken": "RICH", "type": "Central"}, "RICH"):
        assert h.book.tariff_of(session, who)["tariffId"] == "FULL"
    for who in (None, {}, {"idToken": 5}, "nobody"):
        assert h.book.tariff_of(session, who)["tariffId"] == "KWH"


async def test_without_a_tariff_there_is_no_cost(h):
    free = Tariffs(TariffOptions(), Neighbour.latest.context)
    assert free.tariff_of(h.session("ocpp2.1"), "RICH") is None
    assert await free.cost(h.session("ocpp2.1"), transaction(started_at=NOW)) is None


async def test_a_change_to_a_tariff_costs_from_its_moment_on_where_the_one_before_is_not_known(h):
    """I_115: what it costs until then, the station alone knows."""
    await measured(h, (0, 1000), (10, 3000))
    free = Tariffs(TariffOptions(), Neighbour.latest.context)

    async def total(minute):
        changes = {"tariffChanges": [[NOW + 60 * minute, KWH]]}
        tx = transaction(started_at=NOW, stopped_at=NOW + 600, ended=True, details=changes)
        found = await free.cost_with(tx, ())
        return None if found is None else float(found.total.incl)

    assert [await total(minute) for minute in (-1, 0, 5, 11)] == [0.5, 0.5, 0.25, None]


async def test_the_cost_is_that_of_all_that_was_written_down(h, monkeypatch):
    monkeypatch.setattr(module, "_PAGE", 2)
    await measured(h, (0, 1000), (10, 2000), (20, 3000), (30, 9000))
    found = await h.book.cost(h.session("ocpp2.1"), transaction(started_at=NOW))
    assert (found.total.incl, found.energy) == (2, 8000)


async def test_values_that_are_on_their_way_and_time_that_passes_count_too(h):
    await measured(h, (0, 1000))
    tx = transaction(token="RICH", started_at=NOW)
    values = [{"timestamp": "2026-01-01T00:10:00Z", "sampledValue": [{"value": 5000}]}]
    assert (await h.book.cost_with(tx, values)).charging == 600_000
    assert (await h.book.cost_with(tx, (), NOW + 900)).charging == 900_000
    found = await h.book.cost_with(tx, (), elapsed=60)
    assert (found.energy, found.charging) == (4000, 660_000)  # what was seen before is remembered


async def test_what_has_ended_is_read_once_more(h):
    await measured(h, (0, 1000), (10, 2000))
    assert (await h.book.cost(h.session("ocpp2.1"), transaction(started_at=NOW))).energy == 1000
    await measured(h, (5, 1500), (20, 8000))
    running = await h.book.cost(h.session("ocpp2.1"), transaction(started_at=NOW))
    ended = await h.book.cost(h.session("ocpp2.1"), transaction(started_at=NOW, ended=True, stopped_at=NOW + 1200))
    assert (running.energy, ended.energy) == (1000, 7000)


async def test_courses_are_remembered_of_no_more_transactions_than_so_many(h, monkeypatch):
    monkeypatch.setattr(module, "COURSES", 1)
    other = transaction(started_at=NOW)
    other.transaction_id = "tx-2"
    await measured(h, (0, 1000), (10, 2000))
    await h.book.cost_with(transaction(started_at=NOW), ())
    await h.book.cost_with(other, ())
    await measured(h, (20, 8000))
    assert (await h.book.cost_with(transaction(started_at=NOW), ())).energy == 7000


async def test_a_reservation_that_was_used_costs(h):
    held = tariff(reservationTime={"prices": [{"priceMinute": 1}]})
    book = Tariffs(TariffOptions(tariffs=(held,), default="T"), Neighbour.latest.context)
    await h.records.commit(
        h.records.reservations.put(Reservation(identity="CP001", reservation_id=5, created_at=NOW - 600))
    )
    assert (await book.cost_with(transaction(started_at=NOW, reservation_id=5), ())).total.incl == 10
    unknown = transaction(started_at=NOW, reservation_id=6)
    unknown.transaction_id = "tx-2"
    assert (await book.cost_with(unknown, ())).total.incl == 0


@pytest.mark.parametrize(("phases", "expected"), [("0", 5), ("3", 1), (None, 0)])
async def test_the_device_model_says_whether_an_evse_is_ac_or_dc(h, phases, expected):
    fees = [{"priceFixed": fee, "conditions": {"evseKind": kind}} for kind, fee in (("DC", 5), ("AC", 1))]
    book = Tariffs(TariffOptions(tariffs=(tariff(fixedFee={"prices": fees}),), default="T"), Neighbour.latest.context)
    if phases is not None:
        row = Variable(identity="CP001", component="EVSE@2", variable="SupplyPhases", value=phases)
        await h.records.commit(h.records.variables.put(row))
    assert (await book.cost_with(transaction(started_at=NOW, evse=2), ())).total.incl == expected
