from itertools import pairwise

import pytest
from chaos_csms import BLOCK, Ids, RecorderCsms
from chaos_journal import read
from chaos_messages import start
from chaos_messaging import Refused


@pytest.fixture
def path(tmp_path):
    return tmp_path / "one.ids"


def test_ids_grow_from_the_first_one(path):
    ids = Ids(path, 500)
    made = [ids.new(step) for step in (1, 3, 2)]
    assert made == [501, 504, 506]


def test_no_id_is_given_twice_whenever_the_process_is_killed(path):
    made = []
    for _ in range(5):
        ids = Ids(path, 1)
        made += [ids.new(3) for _ in range(BLOCK)]
    assert all(first < second for first, second in pairwise(made))


def csms(folder, **behaviour):
    return RecorderCsms("main", folder, first=1, seed=1, **behaviour)


async def test_each_start_gets_an_id_of_its_own_even_a_repeated_one(tmp_path):
    one = csms(tmp_path)
    payload = start(1, 1, "TAG", "2026-01-01T00:00:00Z")
    answers = [await one._answer("A", "ocpp1.6", "StartTransaction", payload) for _ in range(3)]
    assert len({answer["transactionId"] for answer in answers}) == 3
    one.journal.close()


async def test_a_call_is_in_the_journal_with_its_answer(tmp_path):
    one = csms(tmp_path)
    answer = await one._answer("A", "ocpp1.6", "Heartbeat", {"x": 1})
    (record,) = read(tmp_path / "main.jsonl")
    assert (record["s"], record["a"], record["p"], record["r"]) == ("A", "Heartbeat", {"x": 1}, answer)
    one.journal.close()


async def test_a_refusal_is_in_the_journal_as_no_answer(tmp_path):
    one = csms(tmp_path, refuses=1.0)
    with pytest.raises(Refused):
        await one._answer("A", "ocpp1.6", "StartTransaction", start(1, 1, "TAG", "2026-01-01T00:00:00Z"))
    assert [record["r"] for record in read(tmp_path / "main.jsonl")] == [None]
    assert (await one._answer("A", "ocpp1.6", "BootNotification", {}))["status"] == "Accepted"
    one.journal.close()


async def test_a_remote_stop_names_an_open_transaction_and_the_number_of_its_start(tmp_path):
    one = csms(tmp_path, commands=("RemoteStopTransaction",))
    first = await one._answer("A", "ocpp1.6", "StartTransaction", start(7, 1, "TAG", "2026-01-01T00:00:00Z"))
    made = [one._next_command("A", "ocpp1.6") for _ in range(50)]
    stops = [command for command in made if command[0] == "RemoteStopTransaction"]
    assert stops
    assert all(command[1:] == ({"transactionId": first["transactionId"]}, 7) for command in stops)
    await one._answer("A", "ocpp1.6", "StopTransaction", {"transactionId": first["transactionId"]})
    assert {one._next_command("A", "ocpp1.6")[0] for _ in range(50)} == {"DataTransfer"}
    one.journal.close()
