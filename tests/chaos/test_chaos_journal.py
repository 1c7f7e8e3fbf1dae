import os

import pytest
from chaos_journal import Journal, Tail, read


@pytest.fixture
def path(tmp_path):
    return tmp_path / "one.jsonl"


def test_what_was_noted_is_read_back_in_order_with_times_that_do_not_fall(path):
    journal = Journal(path)
    for number in range(3):
        journal.note("got", n=number, p={"a": [1.5]})
    journal.close()
    records = read(path)
    assert [(one["e"], one["n"], one["p"]) for one in records] == [("got", n, {"a": [1.5]}) for n in range(3)]
    assert records[0]["t"] <= records[1]["t"] <= records[2]["t"]


def test_a_line_is_in_the_file_when_note_returns(path):
    journal = Journal(path)
    journal.note("got")
    assert path.read_bytes().endswith(b'"e":"got"}\n')
    journal.close()


def test_a_line_of_a_killed_writer_does_not_spoil_the_next_one(path):
    path.write_bytes(b'{"t":1,"e":"first"}\n{"t":2,"e":"to')
    journal = Journal(path)
    journal.note("after")
    journal.close()
    tail = Tail(path)
    assert [one["e"] for one in tail.new()] == ["first", "after"]
    assert tail.torn == 1


def test_a_line_that_is_still_being_written_is_given_when_it_is_whole(path):
    path.write_bytes(b'{"t":1,"e":"first"}\n{"t":2,"e":"sec')
    tail = Tail(path)
    assert [one["e"] for one in tail.new()] == ["first"]
    with path.open("ab") as file:
        file.write(b'ond"}\n')
    assert [one["e"] for one in tail.new()] == ["second"]
    assert tail.new() == []
    assert tail.torn == 0


def test_a_journal_that_is_not_there_yet_is_empty(path):
    assert read(path) == []


def test_only_the_owner_may_read_it(path):
    Journal(path).close()
    assert os.stat(path).st_mode & 0o777 == 0o600
