"""What is known of the uploads."""

import os

import pytest

from broker.records import Records
from broker.server.files.folder import Folder, Part, new_id
from broker.server.files.shelf import Shelf, Upload
from broker.store import Store, StoreFailed

NOW = 1_700_000_000.0


@pytest.fixture
async def records():
    store = Store("sqlite://")
    await store.open()
    yield Records(store)
    await store.close()


@pytest.fixture
def folder(tmp_path):
    one = Folder(tmp_path, max_file=100, max_total=1000)
    one.open()
    return one


def file_in(folder, at=NOW):
    part = Part(folder, new_id(at))
    part.take(5)
    part.write(b"hello")
    part.keep()
    part.kept()
    os.utime(part.path, (at, at))
    return part.id


def upload(number, **more):
    values = {"identity": "CP001", "purpose": "log", "name": "l.txt", "bytes": 5, "at": NOW}
    return Upload(**{"id": number, **values, **more})


async def put(records, shelf, one):
    await records.commit(shelf.put(one))
    shelf.add(one)
    return one


async def documents(records):
    return [(key, value) for _, key, value in await records.documents.all("files")]


async def test_what_is_written_down_is_read_again(records, folder):
    shelf = Shelf(records)
    one = await put(records, shelf, upload(file_in(folder), name="\u00fc.zip"))
    again = Shelf(records)
    again.load(await documents(records))
    assert list(again.all(folder)) == list(shelf.all(folder)) == [one]
    assert again.get(one.id, folder) == one


async def test_one_whose_file_is_gone_is_not_shown(records, folder):
    shelf = Shelf(records)
    one = await put(records, shelf, upload(file_in(folder)))
    other = await put(records, shelf, upload(new_id(NOW)))
    assert list(shelf.all(folder)) == [one]
    assert shelf.get(other.id, folder) is None


async def test_a_file_that_nothing_is_known_of_is_not_shown(records, folder):
    shelf = Shelf(records)
    assert shelf.get(file_in(folder), folder) is None
    assert list(shelf.all(folder)) == []


async def test_the_oldest_comes_first(records, folder):
    shelf = Shelf(records)
    ids = [(await put(records, shelf, upload(file_in(folder, NOW + second)))).id for second in (5, 1, 3)]
    assert [one.id for one in shelf.all(folder)] == [ids[1], ids[2], ids[0]]


async def test_removing_takes_file_and_document(records, folder):
    shelf = Shelf(records)
    one = await put(records, shelf, upload(file_in(folder)))
    await shelf.remove(one.id, folder)
    assert (os.listdir(folder.path), await documents(records), folder.used) == ([], [], 0)
    await shelf.remove(one.id, folder)


async def test_removing_with_a_store_that_fails(records, folder, monkeypatch):
    async def fail(*changes):
        raise StoreFailed("no disk")

    shelf = Shelf(records)
    one = await put(records, shelf, upload(file_in(folder)))
    monkeypatch.setattr(records, "commit", fail)
    with pytest.raises(StoreFailed):
        await shelf.remove(one.id, folder)
    assert list(shelf.all(folder)) == []


async def test_what_is_too_old_goes(records, folder):
    shelf = Shelf(records)
    old = await put(records, shelf, upload(file_in(folder), at=NOW - 10))
    young = await put(records, shelf, upload(file_in(folder), at=NOW))
    gone = await put(records, shelf, upload(new_id(NOW), at=NOW - 10))
    assert await shelf.prune(folder, before=NOW) == 1
    assert list(shelf.all(folder)) == [young]
    assert [key for key, _ in await documents(records)] == [f"upload:{young.id}"]
    assert old.id not in folder
    assert shelf.get(gone.id, folder) is None


async def test_a_file_that_nothing_is_known_of_goes_by_its_own_time(records, folder):
    """After a crash between the file and its document, or with a new database."""
    shelf = Shelf(records)
    young, _ = file_in(folder, NOW), file_in(folder, NOW - 10)
    vanished = file_in(folder, NOW - 10)
    (folder.path / vanished).unlink()
    assert await shelf.prune(folder, before=NOW) == 1
    assert os.listdir(folder.path) == [young]
    assert folder.used == 5


async def test_what_somebody_has_taken_away_is_neither_shown_nor_counted(records, folder):
    shelf = Shelf(records)
    one = await put(records, shelf, upload(file_in(folder)))
    (folder.path / one.id).unlink()
    assert await shelf.prune(folder, before=NOW) == 0
    assert (list(shelf.all(folder)), folder.used) == ([], 0)
