"""Reports that come in part by part."""

from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.provisioning import inventory
from plugins.ocpp201.provisioning.inventory import Inventories
from plugins.ocpp201.provisioning.told import Told

A, B, C = Told("A", "V"), Told("B", "V"), Told("C", "V")
CP = "CP001"


def part(book, told, *, seq, tbc=False, number=1, identity=CP):
    return book.part(identity, number, told, tbc=tbc, seq=seq)


def full(number=1, identity=CP):
    book = Inventories()
    book.expect(identity, number, full=True)
    return book


def test_a_report_of_one_part_is_complete():
    assert part(full(), [A], seq=0).all == {A.key}


def test_it_is_complete_with_its_last_missing_part_in_any_order():
    book = full()
    assert part(book, [C], seq=2) is None
    assert part(book, [A], seq=0, tbc=True) is None
    assert part(book, [A], seq=0, tbc=True) is None, "the same again"
    assert part(book, [B], seq=1, tbc=True).all == {A.key, B.key, C.key}


def test_of_a_report_that_is_not_of_everything_nothing_is_gone():
    book = Inventories()
    book.expect(CP, 1, full=False)
    assert part(book, [A], seq=0).all is None
    assert part(book, [A], seq=0, number=2).all is None, "nobody has asked for it here"


def test_without_numbers_the_parts_follow_each_other():
    book = full()
    assert part(book, [A], seq=None, tbc=True) is None
    assert part(book, [B], seq=None).all == {A.key, B.key}


def test_a_part_before_the_first_counts_for_none():
    book = full()
    assert part(book, [A], seq=-1, tbc=True) is None
    assert part(book, [B], seq=0).all == {A.key, B.key}


def test_a_report_that_is_asked_for_anew_begins_anew():
    book = full()
    part(book, [A], seq=0, tbc=True)
    book.expect(CP, 1, full=True)
    assert part(book, [B], seq=0).all == {B.key}


def test_reports_do_not_meddle_with_each_other():
    book = full()
    book.expect("CP002", 1, full=True)
    part(book, [A], seq=0, tbc=True, identity="CP002")
    assert part(book, [B], seq=0).all == {B.key}
    assert part(book, [C], seq=1, identity="CP002").all == {A.key, C.key}


def test_the_oldest_gives_way_and_then_nothing_of_it_is_gone():
    book = full()
    for number in range(2, 202):
        book.expect(CP, number, full=True)
    assert len(book._open) == 200
    assert part(book, [A], seq=0).all is None


def test_what_nobody_has_asked_for_takes_no_place_of_what_somebody_has():
    book = full()
    for number in range(2, 402):
        assert part(book, [C], seq=0, tbc=True, number=number, identity="EVIL") is None
    assert part(book, [C], seq=1, number=2, identity="EVIL").all is None
    assert part(book, [A], seq=0).all == {A.key}


def test_what_is_complete_is_forgotten():
    book = full()
    part(book, [A], seq=0)
    assert not book._open


def test_an_endless_report_fills_nothing(monkeypatch):
    monkeypatch.setattr(inventory, "MOST", 2)
    book = full()
    for seq in range(5):
        assert part(book, [Told(f"C{seq}", "V")], seq=seq, tbc=True) is None
    (report,) = book._open.values()
    assert len(report.parts) == 2
    assert not report.full


@given(st.permutations(range(5)))
def test_any_order_of_parts_comes_to_the_same(order):
    book = full()
    found = [part(book, [Told(f"C{seq}", "V")], seq=seq, tbc=seq < 4) for seq in order]
    assert found[:-1] == [None] * 4
    assert len(found[-1].all) == 5
