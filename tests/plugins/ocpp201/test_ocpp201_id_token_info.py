import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.api import Reply, Token, Version
from broker.testing import harness
from broker.testing.fakes import START
from plugins.ocpp201.authorization.plugin import Authorization
from plugins.ocpp201.id_token_info import fits, group_of_token, info_of, is_of_type

V201, V21 = "ocpp2.0.1", "ocpp2.1"
SCHEMAS = harness(Authorization).plugins.schemas


def told(version=V21, cache_seconds=None, identity="CP001", **members):
    return info_of(Token(id="A", **members), identity, version, START, cache_seconds)


def status(**members):
    return told(**members)["status"]


def test_of_a_plain_token_only_its_status_is_told():
    assert told() == {"status": "Accepted"}
    assert told(status="Blocked") == {"status": "Blocked"}


def test_all_that_is_known_of_a_token_is_told():
    assert told(
        expires=START + 60,
        parent="FAMILY",
        parent_type="ISO14443",
        language="de",
        language2="en",
        message="Hallo",
        evses={"CP001": [3, 1], "CP002": [2]},
        priority=0,
        note="never told",
        tariff="never told here",
    ) == {
        "status": "Accepted",
        "cacheExpiryDateTime": "2026-01-01T00:01:00Z",
        "chargingPriority": 0,
        "language1": "de",
        "language2": "en",
        "evseId": [1, 3],
        "groupIdToken": {"idToken": "FAMILY", "type": "ISO14443"},
        "personalMessage": {"format": "UTF8", "language": "de", "content": "Hallo"},
    }


def test_a_token_expires_at_its_moment_and_only_an_accepted_one_does():
    assert [status(expires=START + second) for second in (-1, 0, 1)] == ["Expired", "Expired", "Accepted"]
    assert status(expires=START, status="Blocked") == "Blocked"


def test_a_token_that_is_valid_at_no_evse_here_is_not_at_this_location():
    places = {"CP001": [], "CP002": [1]}
    assert [status(evses=places, identity=one) for one in ("CP001", "CP002", "CP003")] == [
        "NotAtThisLocation",
        "Accepted",
        "Accepted",
    ]
    assert "evseId" not in told(evses=places)


@pytest.mark.parametrize(("credit", "said"), [(0.01, "Accepted"), (0.0, "NoCredit"), (-5.0, "NoCredit")])
def test_what_is_prepaid_has_credit_or_not_and_is_never_to_be_cached(credit, said):
    assert told(credit=credit) == {"status": said, "cacheExpiryDateTime": "2026-01-01T00:00:00Z"}
    assert told(credit=credit, expires=START + 60, cache_seconds=60)["cacheExpiryDateTime"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(("expires", "until"), [(None, 60), (START + 30, 30), (START + 90, 60)])
def test_an_answer_is_cached_no_longer_than_the_token_lasts(expires, until):
    assert (
        told(expires=expires, cache_seconds=60)["cacheExpiryDateTime"]
        == f"2026-01-01T00:0{until // 60}:{until % 60:02}Z"
    )


def test_an_expiry_outside_the_calendar_is_left_out():
    assert told(expires=1e30) == {"status": "Accepted"}


def test_a_group_is_central_unless_it_says_otherwise():
    assert told(parent="G")["groupIdToken"] == {"idToken": "G", "type": "Central"}


def test_a_group_that_2_0_1_cannot_write_is_not_told_to_it():
    long, odd = Token(id="A", parent="G" * 37), Token(id="A", parent="G", parent_type="VIN")
    assert group_of_token(long, V201) is None
    assert group_of_token(long, V21) == {"idToken": "G" * 37, "type": "Central"}
    assert group_of_token(odd, V201) == {"idToken": "G", "type": "Central"}
    assert group_of_token(odd, V21) == {"idToken": "G", "type": "VIN"}


@pytest.mark.parametrize(
    ("type_", "presented", "good"),
    [
        ("", {"type": "ISO14443"}, True),
        ("", {}, True),
        ("ISO14443", {"type": "iso14443"}, True),
        ("ISO14443", {"type": "KeyCode"}, False),
        ("ISO14443", {}, False),
        ("ISO14443", {"type": 5}, False),
    ],
)
def test_a_type_matters_only_where_the_token_says_so(type_, presented, good):
    assert is_of_type(Token(id="A", type=type_), presented) is good


@pytest.mark.parametrize(
    ("one", "kind", "old", "new"),
    [
        ("A" * 36, "Central", True, True),
        ("A" * 37, "Central", False, True),
        ("A", "VIN", False, True),
        ("", "Central", False, True),
    ],
)
def test_what_a_station_can_be_told_of(one, kind, old, new):
    assert (fits(Token(id=one), kind, V201), fits(Token(id=one), kind, V21)) == (old, new)


PRINTABLE = st.text(st.characters(codec="utf-8", categories=("L", "N", "Zs")), max_size=8)


@given(
    version=st.sampled_from([Version.V201, Version.V21]),
    cache_seconds=st.none() | st.floats(1, 1e6),
    token=st.builds(
        Token,
        id=st.just("A"),
        status=st.sampled_from(["Accepted", "Blocked", "Unknown"]),
        expires=st.none() | st.floats(0, 1e12),
        parent=st.none() | st.text("Aa1", min_size=1, max_size=40),
        parent_type=st.none() | st.sampled_from(["Central", "VIN", "eMAID"]),
        language=st.none() | PRINTABLE,
        language2=st.none() | PRINTABLE,
        message=st.none() | PRINTABLE,
        evses=st.dictionaries(st.just("CP001"), st.lists(st.integers(1, 9), max_size=3)),
        priority=st.none() | st.integers(-9, 9),
        credit=st.none() | st.floats(-1, 1),
    ),
)
def test_whatever_a_token_is_the_answer_is_one_of_its_version(version, cache_seconds, token):
    reply = Reply.result({"idTokenInfo": info_of(token, "CP001", version, START, cache_seconds)})
    assert SCHEMAS.check_result(version, "Authorize", reply) is None
