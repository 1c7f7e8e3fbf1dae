"""A new AuthorizationKey, a higher SecurityProfile."""

import json
import logging
import re

import pytest
from security_kit import V16, said, security

from broker.api import CallTimeout, NotConnected, OperationFailed, Reply, StationRefused

KEY, UPGRADE = "set-authorization-key", "upgrade-security-profile"
CHANGE = "ChangeConfiguration"


def quotes(payload):
    """A station that says what it does not like."""
    return Reply.error("PropertyConstraintViolation", payload["value"], {"value": payload["value"]})


async def test_a_key_is_20_random_bytes_in_hex():
    async with security() as h:
        h.session(V16).replies[CHANGE] = said("Accepted")
        for _ in range(2):
            assert await h.operate(V16, KEY) == {"status": "Accepted", "generated": True}
        (action, one), (_, two) = h.session(V16).sent
        assert (action, one["key"]) == (CHANGE, "AuthorizationKey")
        assert re.fullmatch("[0-9a-f]{40}", one["value"])
        assert one["value"] != two["value"]


@pytest.mark.parametrize("key", ["0123456789abcdef", "0a" * 20, "AbCdEfGh-IjKlMnOp-"])
@pytest.mark.parametrize("status", ["Accepted", "Rejected", "NotSupported", "RebootRequired"])
async def test_a_key_that_is_given_is_sent_as_it_is(key, status):
    """Certification, TC_073."""
    async with security() as h:
        h.session(V16).replies[CHANGE] = said(status)
        assert await h.operate(V16, KEY, {"key": key}) == {"status": status, "generated": False}
        assert h.session(V16).sent == [(CHANGE, {"key": "AuthorizationKey", "value": key})]


@pytest.mark.parametrize("answer", [said("Accepted"), said("Rejected"), quotes])
async def test_no_key_is_in_a_result_a_log_an_error_or_the_records(answer, caplog):
    with caplog.at_level(logging.DEBUG):
        async with security() as h:
            h.session(V16).replies[CHANGE] = answer
            shown = []
            for params in ({}, {"key": "canary-canary-16"}):
                try:
                    shown.append(json.dumps(await h.operate(V16, KEY, params)))
                except StationRefused as error:
                    shown.append(f"{error} {error.description} {error.details}")
            kept = repr(await h.records.documents.of("ocpp16.security", "CP001"))
            keys = [payload["value"] for _, payload in h.session(V16).sent]
    assert len(keys) == 2
    for key in keys:
        assert key not in " ".join([*shown, kept, caplog.text])


async def test_an_error_of_the_station_is_told_by_its_code():
    async with security() as h:
        h.session(V16).replies[CHANGE] = quotes
        with pytest.raises(StationRefused, match=r"PropertyConstraintViolation$"):
            await h.operate(V16, KEY)


@pytest.mark.parametrize("current", [0, 1, 2])
async def test_the_next_profile_is_set_and_a_hard_reset_follows(current):
    """Certification, TC_083."""
    async with security() as h:
        session = h.session(V16)
        session.security_profile = current
        session.replies |= {CHANGE: said("Accepted"), "Reset": said("Accepted")}
        assert await h.operate(V16, UPGRADE) == {
            "status": "Accepted", "from": current, "securityProfile": current + 1, "reset": "Accepted",
        }  # fmt: skip
        assert session.sent == [
            (CHANGE, {"key": "SecurityProfile", "value": str(current + 1)}),
            ("Reset", {"type": "Hard"}),
        ]


async def test_a_profile_may_be_skipped():
    async with security() as h:
        h.session(V16).security_profile = 1
        h.session(V16).replies[CHANGE] = said("RebootRequired")
        assert (await h.operate(V16, UPGRADE, {"profile": 3}))["securityProfile"] == 3
        assert h.session(V16).sent[0][1]["value"] == "3"
        assert h.session(V16).sent[1][0] == "Reset"


@pytest.mark.parametrize("status", ["Rejected", "NotSupported", "unheard of"])
async def test_a_change_that_is_not_taken_is_followed_by_no_reset(status):
    async with security() as h:
        h.session(V16).replies[CHANGE] = said(status)
        assert await h.operate(V16, UPGRADE) == {"status": status, "from": 0, "securityProfile": 1}
        assert [action for action, _ in h.session(V16).sent] == [CHANGE]


async def test_the_reset_may_be_left_out():
    async with security() as h:
        h.session(V16).replies[CHANGE] = said("Accepted")
        result = await h.operate(V16, UPGRADE, {"reset": False})
        assert result == {"status": "Accepted", "from": 0, "securityProfile": 1}
        assert [action for action, _ in h.session(V16).sent] == [CHANGE]


def gone(payload):
    raise NotConnected("CP001 left before it answered")


def late(payload):
    raise CallTimeout("no answer in 30 s")


@pytest.mark.parametrize(
    ("answer", "text"),
    [(gone, "left before"), (late, "no answer"), (Reply.error("InternalError", "busy"), "InternalError: busy")],
)
async def test_a_reset_that_goes_wrong_is_told_beside_the_change_that_was_made(answer, text):
    async with security() as h:
        h.session(V16).replies |= {CHANGE: said("Accepted"), "Reset": answer}
        result = await h.operate(V16, UPGRADE)
        assert result["status"] == "Accepted"
        assert text in result["resetFailed"]
        assert "reset" not in result


@pytest.mark.parametrize(
    ("current", "params"), [(3, {}), (3, {"profile": 3}), (2, {"profile": 1}), (2, {"profile": 2})]
)
async def test_a_profile_is_never_lowered(current, params):
    async with security() as h:
        h.session(V16).security_profile = current
        with pytest.raises(OperationFailed, match=f"security profile {current}"):
            await h.operate(V16, UPGRADE, params)
        assert h.session(V16).sent == []


async def test_an_error_to_the_change_is_passed_on():
    async with security() as h:
        h.session(V16).replies[CHANGE] = Reply.error("NotSupported", "no")
        with pytest.raises(StationRefused, match="NotSupported: no"):
            await h.operate(V16, UPGRADE)
