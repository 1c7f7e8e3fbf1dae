"""The folder of the uploads."""

import os
import stat

import pytest

from broker.server.files.folder import Folder, Part, is_id, new_id
from broker.server.files.refused import Refused

NOW = 1_700_000_000.0


def folder(tmp_path, **more):
    one = Folder(tmp_path / "in" / "uploads", **{"max_file": 100, "max_total": 250, **more})
    one.open()
    return one


def brought(one, data=b"x" * 10):
    part = Part(one, new_id(NOW))
    part.take(len(data))
    part.write(data)
    part.keep()
    part.kept()
    return part


ID = "018bcfe56800-f2b74cc249526f0b"


def test_ids_sort_by_time_and_cannot_be_guessed():
    ids = [new_id(NOW + second) for second in (0, 0.001, 1, 1e9)]
    assert ids == sorted(ids)
    assert all(map(is_id, ids))
    assert len({new_id(NOW) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("text", ["", "..", "a/b", ID.upper(), f"{ID}.part", ID[:-1], "\u0660" * 12])
def test_what_is_no_id_names_no_file(text):
    assert not is_id(text)


def test_the_folder_is_made_for_the_broker_alone(tmp_path):
    one = folder(tmp_path)
    assert stat.S_IMODE(one.path.stat().st_mode) == 0o700


def test_a_folder_that_is_there_keeps_its_mode(tmp_path):
    (tmp_path / "in" / "uploads").mkdir(parents=True, mode=0o750)
    assert stat.S_IMODE(folder(tmp_path).path.stat().st_mode) == 0o750


def test_a_file_gets_its_name_when_it_is_complete(tmp_path):
    one = folder(tmp_path)
    part = Part(one, new_id(NOW))
    part.take(6)
    part.write(b"abc")
    part.write(b"def")
    assert os.listdir(one.path) == [f"{part.id}.part"]
    assert part.id not in one
    part.keep()
    part.kept()
    assert os.listdir(one.path) == [part.id]
    assert part.path.read_bytes() == b"abcdef"
    assert stat.S_IMODE(part.path.stat().st_mode) == 0o600
    assert (part.id in one, one.ids(), one.used) == (True, [part.id], 6)
    descriptor = one.descriptor(part.id)
    assert os.read(descriptor, 9) == b"abcdef"
    os.close(descriptor)


def test_what_is_given_up_leaves_nothing(tmp_path):
    one = folder(tmp_path)
    part = Part(one, new_id(NOW))
    part.take(3)
    part.write(b"abc")
    assert one.used == 3
    part.discard()
    part.given_up()
    assert (os.listdir(one.path), one.used, one.ids()) == ([], 0, [])


def test_what_is_given_up_after_it_had_its_name_too(tmp_path):
    one = folder(tmp_path)
    part = Part(one, new_id(NOW))
    part.take(3)
    part.write(b"abc")
    part.keep()
    part.discard()
    part.given_up()
    assert (os.listdir(one.path), one.used) == ([], 0)


def test_nothing_begun_is_nothing_to_give_up(tmp_path):
    part = Part(folder(tmp_path), new_id(NOW))
    part.discard()
    part.given_up()
    assert os.listdir(part.path.parent) == []


def test_no_file_is_written_over_and_no_link_is_followed(tmp_path):
    one = folder(tmp_path)
    part = Part(one, new_id(NOW))
    (one.path / f"{part.id}.part").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        part.write(b"abc")
    assert not (tmp_path / "elsewhere").exists()


def test_one_file_is_limited(tmp_path):
    part = Part(folder(tmp_path), new_id(NOW))
    part.take(60)
    part.take(40)
    with pytest.raises(Refused) as caught:
        part.take(1)
    assert (caught.value.status, caught.value.outcome) == (413, "too_large")
    assert part.size == 100


def test_all_files_together_are_limited_those_that_are_coming_included(tmp_path):
    one = folder(tmp_path)
    brought(one, bytes(100))
    first, second = Part(one, new_id(NOW)), Part(one, new_id(NOW))
    first.take(100)
    second.take(50)
    with pytest.raises(Refused) as caught:
        second.take(1)
    assert (caught.value.status, caught.value.outcome) == (507, "no_space")
    first.given_up()
    second.take(50)
    assert one.used == 200


def test_a_size_that_is_known_beforehand_is_judged_at_once(tmp_path):
    one = folder(tmp_path, max_total=120)
    one.fits(100, of=100)
    with pytest.raises(Refused, match="100 bytes"):
        one.fits(101, of=101)
    brought(one, bytes(21))
    with pytest.raises(Refused, match="no room"):
        one.fits(100, of=100)


def test_deleting(tmp_path):
    one = folder(tmp_path)
    part, other = brought(one), brought(one)
    for _ in range(2):
        one.delete(part.id)
        one.forget(part.id)
    assert (one.ids(), one.used) == ([other.id], 10)


def test_a_restart_finds_what_is_complete_and_takes_away_what_is_not(tmp_path):
    one = folder(tmp_path)
    part = brought(one)
    unfinished = Part(one, new_id(NOW))
    unfinished.take(3)
    unfinished.write(b"abc")
    again = folder(tmp_path)
    assert (again.ids(), again.used) == ([part.id], 10)
    assert os.listdir(again.path) == [part.id]
    unfinished._close()


def test_what_is_not_ours_is_neither_counted_nor_touched(tmp_path):
    one = folder(tmp_path)
    (one.path / "notes.part").write_text("mine")
    (one.path / "notes.txt").write_text("mine")
    (one.path / new_id(NOW)).mkdir()
    (one.path / new_id(NOW)).symlink_to(one.path / "notes.txt")
    (one.path / f"{new_id(NOW)}.part").symlink_to(one.path / "notes.txt")
    before = sorted(os.listdir(one.path))
    one.open()
    assert (one.ids(), one.used) == ([], 0)
    assert sorted(os.listdir(one.path)) == before


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "in").write_text("a file")
    with pytest.raises(OSError):
        folder(tmp_path)
