"""What may be adopted, what outlives a crash, and that nobody is ever locked out. Logins are judged by the server."""

import asyncio
import hashlib

import pytest
import structlog
from credential_kit import CP, NEW, NEWER, OLD, FakeStore, again, made, password, profile

from broker.session.grants.adoption import Change
from broker.session.grants.credential_book import CredentialBook, Secret
from broker.store import Store


def pending(book, login=CP):
    """The new passwords and profiles, the newest first."""
    adopted = book.of(login)
    if adopted is None:
        return [], []
    texts = [text for one in adopted.passwords for text in (OLD, NEW, NEWER) if one.is_of(text)]
    return texts, adopted.profiles


# --- before the call goes out ----------------------------------------------------------------------------------------


async def test_a_new_password_is_on_the_disk_before_the_call_may_go():
    book = made()
    assert await book.expect(CP, password(), profile=1) == ""
    assert pending(book) == pending(await again(book)) == ([NEW], [])


async def test_what_is_kept_are_salted_digests():
    book = made()
    await book.expect(CP, password(), profile=1)
    await book.expect("CP002", password(), profile=1)
    assert NEW.encode() not in book._store.rows[CP]
    assert book.of(CP).passwords[0].digests != book.of("CP002").passwords[0].digests
    assert NEW not in repr(book.of(CP))
    assert book.of(CP).passwords[0].digests[0] not in repr(book.of(CP))


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("plain text", [b"plain text"]),
        ("0001AbFf", [b"0001AbFf", b"\x00\x01\xab\xff"]),
        ("abc", [b"abc"]),
        ("\u00e9", ["\u00e9".encode()]),
    ],
)
def test_a_key_in_hex_is_known_as_text_and_as_bytes(text, forms):
    secret = Secret.of(text, "salt")
    assert secret.digests == tuple(hashlib.sha256(b"salt" + form).hexdigest() for form in forms)
    assert secret.is_of(text)
    assert not secret.is_of(text + "0")


async def test_a_password_that_cannot_be_stored_is_refused_and_forgotten():
    book = made()
    book._store.failing = True
    assert await book.expect(CP, password(), profile=1) == "the new credentials could not be stored"
    assert book.of(CP) is None


async def test_without_a_store_nothing_is_adopted():
    book = CredentialBook(None)
    await book.load()
    assert await book.expect(CP, password(), profile=1) == "there is no store to keep the new credentials in"
    assert book.of(CP) is None


@pytest.mark.parametrize(
    "change", [Change("x", fault="what it sets cannot be told"), Change("x", password=NEW, identity="CP002")]
)
async def test_what_cannot_be_followed_is_refused_without_a_trace(change):
    book = made()
    assert await book.expect(CP, change, profile=1) != ""
    assert book.of(CP) is None
    assert book._store.writes == 0


async def test_the_stations_own_identity_may_be_set():
    book = made()
    assert await book.expect(CP, Change("x", identity=CP), profile=1) == ""
    assert book.of(CP) is None


async def test_a_station_that_never_logs_in_with_anything_new_is_told_no_more():
    book = made()
    told = [await book.expect(CP, password(f"password-number-{n}"), profile=1) for n in range(9)]
    assert told == [""] * 8 + ["the station has not logged in with any of the latest changes"]
    assert len(book.of(CP).pending) == 8


async def test_a_password_for_a_station_with_a_certificate_lets_nobody_in():
    book = made()
    assert await book.expect(CP, password(), profile=3) == ""
    assert book.of(CP) is None


async def test_one_password_set_twice_at_once_waits_for_the_disk_both_times():
    book = made()
    book._store.gate = asyncio.Event()
    first = asyncio.ensure_future(book.expect(CP, password(), profile=1))
    second = asyncio.ensure_future(book.expect(CP, password(), profile=1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (first.done(), second.done()) == (False, False)
    book._store.gate.set()
    assert await asyncio.gather(first, second) == ["", ""]
    assert pending(book) == ([NEW], [])


async def test_a_failed_write_does_not_take_back_what_another_call_sets_too():
    book = made()
    book._store.gate, book._store.failing = asyncio.Event(), True
    first = asyncio.ensure_future(book.expect(CP, password(), profile=1))
    second = asyncio.ensure_future(book.expect(CP, password(), profile=1))
    await asyncio.sleep(0)
    book._store.gate.set()
    await asyncio.gather(first, second)
    assert pending(book) == ([NEW], [])


# --- security profiles -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("current", "wanted", "answer", "adopted"),
    [
        (1, 2, "", [2]),
        (0, 1, "", [1]),
        (2, 3, "", [3]),
        (1, 1, "", []),
        (2, 1, "a security profile is never lowered", []),
        (3, 2, "a security profile is never lowered", []),
        (1, 4, "there is no security profile 4", []),
    ],
)
async def test_a_profile_is_raised_and_never_lowered(current, wanted, answer, adopted):
    book = made()
    assert await book.expect(CP, profile(wanted), profile=current) == answer
    assert pending(book) == ([], adopted)


async def test_a_profile_with_which_it_would_not_get_in_is_refused():
    book = made(may_enter=lambda identity, wanted, known: f"{identity} {wanted} {known}")
    assert await book.expect(CP, profile(2), profile=1) == "CP001 2 False"
    await book.expect(CP, password(), profile=1)
    assert await book.expect(CP, profile(2), profile=1) == "CP001 2 True"
    both = Change("SetVariables", password=NEWER, security_profile=2)
    assert await book.expect("CP002", both, profile=1) == "CP002 2 True"
    assert book.of("CP002") is None


async def test_without_a_door_no_profile_is_raised():
    assert await CredentialBook(FakeStore()).expect(CP, profile(2), profile=1) != ""


async def test_a_network_configuration_is_followed_where_it_can_be_and_passes_where_not():
    """The station does not use it before it is chosen, and has others to fall back on."""
    book = made()
    for wanted in (2, 1, 0, 4):
        assert await book.expect(CP, profile(wanted, slot=True), profile=1) == ""
    assert pending(book) == ([], [2])
    shut = made(may_enter=lambda identity, wanted, known: "no")
    assert await shut.expect(CP, profile(2, slot=True), profile=1) == ""
    assert shut.of(CP) is None


async def test_one_profile_set_twice_is_one():
    book = made()
    for _ in range(2):
        await book.expect(CP, profile(2), profile=1)
    assert pending(book) == ([], [2])


# --- the station's answer --------------------------------------------------------------------------------------------


async def test_a_refused_password_is_forgotten():
    book = made()
    await book.expect(CP, password(), profile=1)
    await book.expect(CP, profile(2), profile=1)
    book.settled(CP, password(), taken=False)
    assert pending(book) == pending(await again(book)) == ([], [2])
    book.settled(CP, profile(2), taken=False)
    assert book.of(CP) is None
    assert book._store.rows == {}


@pytest.mark.parametrize("taken", [True, None])
async def test_what_was_taken_or_may_have_been_is_kept_whatever_comes_later(taken):
    book = made()
    await book.expect(CP, password(), profile=1)
    book.settled(CP, password(), taken=taken)
    await book.expect(CP, password(), profile=1)
    book.settled(CP, password(), taken=False)
    assert pending(book) == ([NEW], [])


async def test_after_a_restart_no_refusal_takes_back_what_may_have_been_taken():
    book = made()
    await book.expect(CP, password(), profile=1)
    book = await again(book)
    book.settled(CP, password(), taken=False)
    assert pending(book) == ([NEW], [])


async def test_an_answer_for_nothing_changes_nothing():
    book = made()
    book.settled(CP, password(), taken=False)
    await book.expect(CP, password(), profile=1)
    book.settled(CP, password(NEWER), taken=False)
    assert pending(book) == ([NEW], [])


async def test_the_log_says_who_and_what_but_no_secret():
    book = made()
    await book.expect(CP, password(), profile=1)
    with structlog.testing.capture_logs() as logs:
        book.settled(CP, password(), taken=True)
    assert [(line["identity"], line["change"]) for line in logs] == [(CP, "password")]
    assert NEW not in str(logs)


# --- logins ----------------------------------------------------------------------------------------------------------


async def test_the_first_login_with_a_new_password_ends_the_older_ones():
    book = made()
    for text in (OLD, NEW, NEWER):
        await book.expect(CP, password(text), profile=1)
    await book.expect(CP, profile(2), profile=1)
    book.used(CP, password=(book.of(CP).passwords[1], "print"))
    for one in (book, await again(book)):
        assert pending(one) == ([NEWER], [2])
        assert one.of(CP).password.is_of(NEW)
        assert one.of(CP).instead_of_password == "print"


async def test_the_first_login_with_a_profile_ends_the_lower_ones():
    book = made()
    for wanted in (2, 3, 1):
        await book.expect(CP, profile(wanted), profile=0)
    await book.expect(CP, password(), profile=0)
    book.used(CP, profile=(2, 1))
    for one in (book, await again(book)):
        assert pending(one) == ([NEW], [3])
        assert (one.of(CP).security_profile, one.of(CP).instead_of_profile) == (2, 1)


async def test_a_password_that_is_set_again_is_the_newest_again():
    book = made()
    for text in (NEW, NEWER, NEW):
        await book.expect(CP, password(text), profile=1)
    assert pending(book) == ([NEW, NEWER], [])


async def test_the_password_in_use_need_not_be_learned_again():
    book = made()
    await book.expect(CP, password(), profile=1)
    book.used(CP, password=(book.of(CP).passwords[0], ""))
    assert await book.expect(CP, password(), profile=1) == ""
    assert pending(book) == ([], [])


async def test_a_new_word_of_the_operator_takes_the_place_of_what_was_adopted():
    book = made()
    await book.expect(CP, password(), profile=1)
    await book.expect(CP, profile(2), profile=1)
    book.used(CP, password=(book.of(CP).passwords[0], ""), profile=(2, None))
    book.reconfigured(CP, password=True)
    assert (book.of(CP).password, book.of(CP).security_profile) == (None, 2)
    book.reconfigured(CP, profile=True)
    assert book.of(CP) is None
    assert book._store.rows == {}


async def test_the_operator_can_have_it_all_forgotten():
    book = made()
    await book.expect(CP, password(), profile=1)
    assert (book.forget(CP), book.forget(CP)) == (True, False)
    assert book._store.rows == {}


def test_reports_about_a_station_that_has_nothing_are_no_fault():
    book = made()
    book.used(CP, profile=(2, 1))
    book.reconfigured(CP, password=True)
    assert book.of(CP) is None


async def test_credentials_belong_to_the_name_that_the_station_logs_in_with():
    book = made()
    book.renamed("CP001", "DEPOT-1")
    await book.expect("DEPOT-1", password(), profile=1)
    assert (pending(book, "CP001"), book.of("DEPOT-1")) == (([NEW], []), None)
    assert await book.expect("DEPOT-1", Change("x", identity="DEPOT-1"), profile=1) != ""
    book.settled("DEPOT-1", password(), taken=False)
    assert book.of("CP001") is None
    book.renamed("DEPOT-1", "DEPOT-1")
    await book.expect("DEPOT-1", password(), profile=1)
    assert pending(book, "DEPOT-1") == ([NEW], [])


# --- the lowest profile ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("logins", "lowest"), [((2,), 2), ((2, 3), 3), ((3, 2), 2), ((1,), None), ((3, 1), None)])
async def test_the_last_login_over_tls_is_the_lowest_profile_also_after_a_restart(logins, lowest):
    book = made()
    for one in logins:
        book.came(CP, one)
    for known in (book, await again(book)):
        assert getattr(known.of(CP), "lowest_profile", None) == lowest


async def test_nothing_is_written_for_a_login_like_the_last_one():
    book = made()
    book.came(CP, 2)
    book._store.rows.clear()
    book.came(CP, 2)
    book.came("CP002", 1)
    assert book._store.rows == {}


async def test_the_lowest_profile_stays_when_the_rest_is_over():
    book = made()
    book.came(CP, 2)
    await book.expect(CP, password(), profile=2)
    book.settled(CP, password(), taken=False)
    book.reconfigured(CP, password=True, profile=True)
    assert (await again(book)).of(CP).lowest_profile == 2


async def test_a_row_of_an_older_version_has_none():
    book = made(FakeStore({CP: b'{"security_profile":2}'}))
    await book.load()
    assert (book.of(CP).security_profile, book.of(CP).lowest_profile) == (2, 0)


# --- the disk --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [b"", b"{", b"[]", b'{"password":1}', b"\xff", b'{"pending":[{"password":{}}]}'])
async def test_a_row_that_cannot_be_read_is_told_and_the_others_count(row):
    good = made()
    await good.expect(CP, password(), profile=1)
    book = made(FakeStore({"CP666": row, **good._store.rows}))
    with structlog.testing.capture_logs() as logs:
        await book.load()
    assert [(line["log_level"], line["identity"]) for line in logs] == [("error", "CP666")]
    assert (pending(book), book.of("CP666")) == (([NEW], []), None)


async def test_with_the_real_store_it_outlives_the_process(tmp_path):
    url = f"sqlite:///{tmp_path / 'switchboard.db'}"
    store = Store(url)
    await store.open()
    book = made(store)
    assert await book.expect(CP, password(), profile=1) == ""
    book.used(CP, password=(book.of(CP).passwords[0], "print"))
    assert await book.expect(CP, password(NEWER), profile=1) == ""
    await store.close()
    store = Store(url)
    await store.open()
    book = made(store)
    await book.load()
    assert book.of(CP).password.is_of(NEW)
    assert pending(book) == ([NEWER], [])
    book.forget(CP)
    await store.close()
    assert await book.expect(CP, password(), profile=1) == "the new credentials could not be stored"
