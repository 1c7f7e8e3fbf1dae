"""What the door decides, in what order, and what it tells whom."""

import asyncio

import pytest
import structlog
from door_kit import ACCEPT, CP001, LAB, PLAIN, basic, configured, connect, eventually, handshake, house, status

from broker.hooks import Admit, Refuse
from broker.ocpp import Version

GOOD = basic("CP001", "a-good-password-1")


async def test_profile_0_where_the_listener_asks_for_it():
    async with house(LAB, stations=[{"identity": "CP001", "tags": {"site": "depot-1"}}]) as h:
        answer = await connect(h.port)
        assert answer.status == 101
        assert answer.headers["sec-websocket-protocol"] == "ocpp1.6"
        assert await answer.echo("[2]") == "[2]"
        admission = h.sessions.served[0]
        assert (admission.identity, admission.version, admission.security_profile) == ("CP001", Version.V16, 0)
        assert (admission.listener, admission.remote, admission.known) == ("lab", "127.0.0.1", True)
        assert admission.tags == {"site": "depot-1"}
        await answer.close()


async def test_profile_1_with_the_right_password():
    async with house(PLAIN, stations=[CP001]) as h:
        assert await status(h.port, handshake(auth=GOOD)) == 101
        assert h.sessions.served[0].security_profile == 1


@pytest.mark.parametrize(
    "auth",
    [None, basic("CP001", "wrong"), basic("CP001", ""), "Bearer x", "Basic x", basic("CP002", "a-good-password-1")],
)
async def test_wrong_or_missing_credentials_are_401_with_a_challenge(auth):
    async with house(PLAIN, stations=[CP001]) as h:
        answer = await connect(h.port, handshake(auth=auth))
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == 'Basic realm="OCPP", charset="UTF-8"'
        assert answer.headers["connection"] == "close"
        assert h.refused("credentials") == 1
        assert not h.sessions.asked
        assert not h.requests
        await answer.close()


async def test_an_unknown_identity_is_404():
    async with house(LAB, PLAIN, stations=[CP001]) as h:
        for port in h.listeners.ports.values():
            assert await status(port, handshake("/ocpp/CP999", auth=basic("CP999", "x"))) == 404
        assert h.refused("unknown_identity") == 2


async def test_an_unknown_identity_is_let_in_by_configuration_on_profile_0_only():
    async with house(LAB, PLAIN, unknown="accept") as h:
        assert await status(h.listeners.ports["lab"], handshake("/ocpp/CP999")) == 101
        assert h.sessions.served[0].known is False
        assert await status(h.listeners.ports["plain"], handshake("/ocpp/CP999", auth=basic("CP999", "x"))) == 401


async def test_a_station_with_a_password_needs_it_on_a_listener_for_profiles_0_and_1():
    both = {"name": "both", "bind": "127.0.0.1:0", "security_profiles": [0, 1]}
    async with house(both, stations=[CP001, {"identity": "CP002"}]) as h:
        assert await status(h.port, handshake()) == 401
        assert await status(h.port, handshake(auth=GOOD)) == 101
        assert await status(h.port, handshake("/ocpp/CP002")) == 101
        assert [admission.security_profile for admission in h.sessions.served] == [1, 0]


@pytest.mark.parametrize(
    ("listener", "registered"),
    [
        (LAB, {**CP001, "security_profile": 1}),
        (LAB, CP001),
        (PLAIN, {"identity": "CP001", "security_profile": 0}),
        (PLAIN, {**CP001, "security_profile": 2}),
        (LAB, {"identity": "CP001", "security_profile": 3}),
        (LAB, {"identity": "CP001", "serial_number": "SN1"}),
    ],
)
async def test_another_profile_than_the_registered_one_is_403(listener, registered):
    async with house(listener, stations=[registered]) as h:
        assert await status(h.port, handshake(auth=GOOD)) == 403
        assert h.refused("profile") == 1


async def test_on_a_listener_for_profile_1_a_station_without_a_password_cannot_enter():
    async with house(PLAIN, stations=[{"identity": "CP001"}]) as h:
        assert await status(h.port, handshake(auth=basic("CP001", ""))) == 401
        assert await status(h.port, handshake()) == 401


async def test_what_is_no_websocket_handshake():
    async with house(LAB, stations=[{"identity": "CP001"}]) as h:
        answer = await connect(h.port, handshake(without=["Upgrade", "Connection"]))
        assert (answer.status, answer.headers["upgrade"]) == (426, "websocket")
        await answer.close()
        answer = await connect(
            h.port, handshake(without=["Sec-WebSocket-Version"], extra=["Sec-WebSocket-Version: 99"])
        )
        assert (answer.status, answer.headers["sec-websocket-version"]) == (426, "13")
        await answer.close()
        assert await status(h.port, handshake(without=["Sec-WebSocket-Key"])) == 400
        assert await status(h.port, handshake(without=["Sec-WebSocket-Key"], extra=["Sec-WebSocket-Key: short"])) == 400
        assert (
            await status(h.port, handshake(without=["Sec-WebSocket-Key"], extra=["Sec-WebSocket-Key: \u00e9"])) == 400
        )
        assert await status(h.port, handshake(first="POST /ocpp/CP001 HTTP/1.1")) == 400
        assert h.refused("not_websocket") == 6
        assert not h.sessions.served


async def test_the_identity_is_judged_before_the_credentials_and_these_before_the_subprotocol():
    async with house(PLAIN, stations=[CP001]) as h:
        assert await status(h.port, handshake("/ocpp/CP999", protocol="nonsense", without=["Upgrade"])) == 426
        assert await status(h.port, handshake("/ocpp/CP999", protocol="nonsense")) == 404
        assert await status(h.port, handshake(protocol="nonsense")) == 401
        assert await status(h.port, handshake(protocol="nonsense", auth=GOOD)) == 400
        assert not h.requests


async def test_plugins_are_asked_after_the_credentials_and_never_see_them():
    async with house(PLAIN, stations=[CP001]) as h:
        assert (
            await status(h.port, handshake(auth=GOOD, protocol="ocpp2.0.1, ocpp1.6", extra=["X-Vendor: Acme"])) == 101
        )
        (request,) = h.requests
        assert (request.identity, request.security_profile, request.listener) == ("CP001", 1, "plain")
        assert request.subprotocols == ("ocpp2.0.1", "ocpp1.6")
        assert request.headers["x-vendor"] == "Acme"
        assert "Authorization" not in request.headers


async def test_a_plugin_may_refuse():
    async with house(LAB, stations=[{"identity": "CP001"}]) as h:
        h.opinion = Refuse(429, "come back tomorrow")
        assert await status(h.port) == 429
        h.opinion = Refuse(101, "no such refusal")
        assert await status(h.port) == 403
        assert h.refused("plugin") == 2
        assert not h.sessions.asked


async def test_a_plugin_may_give_another_identity():
    async with house(LAB, stations=[{"identity": "CP001"}, {"identity": "DE-1", "tags": {"a": "b"}}]) as h:
        h.opinion = Admit("DE-1")
        assert await status(h.port) == 101
        assert (h.sessions.served[0].identity, h.sessions.served[0].tags) == ("DE-1", {"a": "b"})
        h.opinion = Admit()
        assert await status(h.port) == 101
        assert h.sessions.served[1].identity == "CP001"


async def test_the_identity_that_a_plugin_gives_brings_what_is_registered_for_it():
    registered = {"identity": "DE-1", "half_duplex": True, "liveness": {"ping_interval": 7, "missed": 5}}
    stations = [{"identity": "CP001"}, {**registered, "compress": False}]
    async with house({**LAB, "compress": True}, stations=stations) as h:
        h.opinion = Admit("DE-1")
        assert await status(h.port) == 101
        (let_in,) = h.sessions.served
        assert (let_in.half_duplex, let_in.ping_interval, let_in.missed_pongs) == (True, 7.0, 5)
        assert (let_in.compress, let_in.security_profile) == (False, 0)


async def test_the_identity_that_a_plugin_gives_need_not_be_registered():
    async with house(LAB, stations=[{"identity": "CP001", "tags": {"a": "b"}}]) as h:
        h.opinion = Admit("DE-2")
        assert await status(h.port) == 101
        (let_in,) = h.sessions.served
        assert (let_in.identity, let_in.tags, let_in.known) == ("DE-2", {"a": "b"}, True)


async def test_the_sessions_may_refuse():
    async with house(LAB, stations=[{"identity": "CP001"}]) as h:
        h.sessions.answer = (503, "upstream_down", "the central system is not reachable")
        answer = await connect(h.port)
        assert (answer.status, answer.headers["retry-after"]) == (503, "30")
        await answer.close()
        h.sessions.answer = (409, "duplicate", "connected already")
        assert await status(h.port) == 409
        assert (h.refused("upstream_down"), h.refused("duplicate")) == (1, 1)
        assert not h.sessions.served


async def test_a_decision_that_takes_too_long_is_503():
    async with house(LAB, stations=[{"identity": "CP001"}], limits={"handshake_timeout": 0.05}) as h:
        h.sessions.delay = 3600
        assert await status(h.port) == 503
        assert (h.refused("handshake_timeout"), h.limits("handshake_timeout")) == (1, 1)


async def test_while_stopping_everybody_is_sent_away():
    async with house(LAB, stations=[{"identity": "CP001"}]) as h:
        h.door.stopping = True
        answer = await connect(h.port)
        assert (answer.status, answer.headers["retry-after"]) == (503, "30")
        assert h.refused("stopping") == 1
        await answer.close()


async def test_an_error_of_our_own_is_500_and_logged():
    async def broken(_request):
        raise RuntimeError("a fault of ours")

    async with house(LAB, stations=[{"identity": "CP001"}], ask=broken) as h:
        with structlog.testing.capture_logs() as logs:
            assert await status(h.port) == 500
        assert [entry["event"] for entry in logs] == ["handshake failed"]


async def test_a_station_that_leaves_during_the_decision_hurts_nobody():
    async with house(LAB, stations=[{"identity": "CP001"}]) as h:
        h.sessions.delay = 0.05
        _, writer = await asyncio.open_connection("127.0.0.1", h.port)
        writer.write(handshake())
        await eventually(lambda: h.sessions.asked)
        writer.transport.abort()
        await eventually(lambda: not h.listeners.all[0].connections)
        assert not h.sessions.served
        h.sessions.delay = 0
        assert await status(h.port) == 101


async def test_what_a_station_sends_before_the_answer_is_not_lost():
    async with house(LAB, stations=[{"identity": "CP001"}]) as h:
        h.sessions.delay = 0.02
        answer = await connect(h.port, handshake() + b"\x81\x83\0\0\0\0[2]")
        assert await answer.frame() == (0x81, b"[2]")
        await answer.close()


async def test_a_new_configuration_counts_for_the_next_handshake():
    async with house(PLAIN, stations=[CP001]) as h:
        first = await connect(h.port, handshake(auth=GOOD))
        h.door.reconfigure(configured(PLAIN, stations=[{**CP001, "password": "another-password-2"}]))
        assert await status(h.port, handshake(auth=GOOD)) == 401
        assert await status(h.port, handshake(auth=basic("CP001", "another-password-2"))) == 101
        assert await first.echo() == "hello"
        await first.close()


async def test_what_the_station_is_told_does_not_say_what_was_wrong():
    async with house(PLAIN, stations=[CP001]) as h:
        bodies = []
        for auth in (None, basic("CP001", "wrong"), basic("CP002", "x")):
            answer = await connect(h.port, handshake(auth=auth))
            bodies.append(await answer.reader.read())
            await answer.close()
        assert len(set(bodies)) == 1
        assert answer.headers["server"] == "Switchboard"


async def test_no_secret_is_logged():
    async with house(PLAIN, stations=[CP001]) as h:
        with structlog.testing.capture_logs() as logs:
            for password in ("canary-one-1", "a-good-password-1"):
                auth = basic("CP001", password)
                await status(h.port, handshake(auth=auth))
                await status(h.port, handshake("/ocpp/CP001?token=canary", auth=auth))
                await status(h.port, handshake("/ocpp/nobody?token=canary", auth=auth))
                await status(h.port, handshake(auth=auth, extra=["X: \x01"]))
                await status(h.port, handshake(without=["Host"], extra=[f"Authorization: \x01{auth}"]))
                assert auth.split()[1] not in str(logs)
        assert logs
        assert "canary" not in str(logs)
        assert "a-good-password-1" not in str(logs)


async def test_refusals_of_one_kind_and_address_are_logged_once_a_minute_and_counted_always():
    async with house(LAB) as h:
        with structlog.testing.capture_logs() as logs:
            for _ in range(5):
                assert await status(h.port) == 404
        assert h.refused("unknown_identity") == 5
        (line,) = logs
        assert (line["reason"], line["remote"], line["listener"]) == ("unknown_identity", "127.0.0.1", "lab")
        assert "CP001" in line["detail"]


async def test_the_accept_key_is_that_of_the_rfc():
    async with house(LAB, stations=[{"identity": "CP001"}]) as h:
        answer = await connect(h.port, handshake())
        assert answer.headers["sec-websocket-accept"] == ACCEPT
        await answer.close()


async def test_messages_above_the_limit_close_with_1009():
    async with house(LAB, stations=[{"identity": "CP001"}], limits={"message_bytes": 1024}) as h:
        answer = await connect(h.port)
        answer.writer.write(b"\x81\xfe" + (1200).to_bytes(2, "big") + bytes(4) + b"x" * 1200)
        assert await answer.close_code() == 1009
        await answer.close()
