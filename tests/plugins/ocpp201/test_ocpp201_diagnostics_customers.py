"""OCPP 2.x customer information: reported, cleared, and never kept."""

import asyncio

import pytest
from ocpp201_diagnostics_kit import AT, ID, V21, Others, V, ask, reports, started

from broker.api import BasePlugin, CallTimeout, LocalList, Reply, StationRefused, Token
from plugins.ocpp201.diagnostics import customers
from plugins.ocpp201.versions import V2
from tests.plugins.shared.plugin_files_kit import until

ACCEPTED = Reply.result({"status": "Accepted"})
TOKEN = {"idToken": "TAG1", "type": "ISO14443"}
HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "1"}
PARTS = [{"data": "Jane ", "seqNo": 0, "tbc": True}, {"data": "Doe", "seqNo": 1}]


@pytest.fixture
async def h():
    async with started(Others) as one:
        await _listed(one, "tag1")
        yield one


async def _listed(h, *tokens, version=3):
    """The station is known to have this local list."""
    row = LocalList(identity=ID, version=version, entries={token: {"status": "Accepted"} for token in tokens})
    h.records.later(h.records.local_lists.put(row))


def _report(h, *parts, version=V):
    h.session(version).replies["CustomerInformation"] = reports(h, "NotifyCustomerInformation", *parts, version=version)


async def _forgotten(*tokens):
    async def there():
        return len(Others.latest.forgotten) >= len(tokens)

    await until(there)
    assert Others.latest.forgotten == [(ID, token) for token in tokens]


@pytest.mark.parametrize("version", V2)
async def test_a_report_of_several_parts_comes_back_whole(h, version):
    """N_27."""
    _report(h, *PARTS, version=version)
    told = await h.operate(version, "customer-information", {"idToken": "TAG1/ISO14443", "requestId": 4})
    assert told == {"status": "Accepted", "requestId": 4, "complete": True, "data": "Jane Doe"}
    payload = {"requestId": 4, "report": True, "clear": False, "idToken": TOKEN}
    assert h.session(version).sent == [("CustomerInformation", payload)]
    assert Others.latest.forgotten == []


async def test_a_station_without_data(h):
    """N_28."""
    _report(h, {"data": "", "seqNo": 0})
    told = await h.operate(V, "customer-information", {"idToken": TOKEN})
    assert (told["complete"], told["data"]) == (True, "")


async def test_a_station_that_does_not_do_it(h):
    """N_29."""
    h.session(V).replies["CustomerInformation"] = Reply.result(
        {"status": "Rejected", "statusInfo": {"reasonCode": "x"}}
    )
    told = await h.operate(V, "customer-information", {"idToken": TOKEN, "requestId": 4})
    assert told == {"status": "Rejected", "requestId": 4, "statusInfo": {"reasonCode": "x"}}


async def test_the_type_of_a_token_is_that_of_the_known_one(h):
    await h.records.tokens.put(Token(id="TAG1", type="ISO15693"))
    await h.operate(V, "customer-information", {"idToken": "TAG1", "report": False, "clear": True})
    assert h.session(V).sent[0][1]["idToken"] == {"idToken": "TAG1", "type": "ISO15693"}


@pytest.mark.parametrize(
    ("given", "member"),
    [
        ({"customerIdentifier": "OpenChargeAlliance"}, {"customerIdentifier": "OpenChargeAlliance"}),  # N_62
        ({"customerCertificate": HASH}, {"customerCertificate": HASH}),  # N_63
    ],
)
async def test_customers_who_are_known_otherwise(h, given, member):
    _report(h, *PARTS)
    told = await h.operate(V, "customer-information", {**given, "clear": True})
    assert told["data"] == "Jane Doe"
    number = told["requestId"]
    assert h.session(V).sent == [
        ("CustomerInformation", {"requestId": number, "report": True, "clear": True, **member})
    ]
    assert Others.latest.forgotten == []


async def test_who_is_cleared_leaves_the_local_list_once_the_report_is_there(h):
    """N_30, N_46."""
    _report(h, *PARTS)
    told = await h.operate(V, "customer-information", {"idToken": TOKEN, "clear": True})
    assert (told["complete"], told["data"]) == (True, "Jane Doe")
    await _forgotten(TOKEN)


async def test_the_list_waits_for_the_report(h):
    h.session(V).replies["CustomerInformation"] = ACCEPTED
    given = {"idToken": TOKEN, "clear": True, "wait": False, "requestId": 4}
    assert await h.operate(V, "customer-information", given) == {"status": "Accepted", "requestId": 4}
    await h.call(
        V, "NotifyCustomerInformation", {"requestId": 4, "data": "x", "seqNo": 0, "tbc": True, "generatedAt": AT}
    )
    await asyncio.sleep(0.01)
    assert Others.latest.forgotten == []
    await h.call(V, "NotifyCustomerInformation", {"requestId": 4, "data": "x", "seqNo": 1, "generatedAt": AT})
    await _forgotten(TOKEN)


async def test_a_report_that_does_not_come_holds_the_list_up_for_a_while_only(h, monkeypatch):
    monkeypatch.setattr(customers, "_PATIENCE", 0.01)
    h.session(V).replies["CustomerInformation"] = ACCEPTED
    await h.operate(V, "customer-information", {"idToken": TOKEN, "clear": True, "wait": False})
    await _forgotten(TOKEN)


async def test_without_a_report_the_list_follows_at_once(h):
    """N_32: the station may say that it has cleared all the same."""
    h.session(V).replies["CustomerInformation"] = ACCEPTED
    given = {"idToken": TOKEN, "clear": True, "report": False, "requestId": 4}
    assert await h.operate(V, "customer-information", given) == {"status": "Accepted", "requestId": 4}
    await _forgotten(TOKEN)
    reply = await h.call(V, "NotifyCustomerInformation", {"requestId": 4, "data": "", "seqNo": 0, "generatedAt": AT})
    assert reply.payload == {}


@pytest.mark.parametrize(
    ("tokens", "version", "times"),
    [(["TAG1", "TAG2"], 3, 1), (["TAG2"], 3, 0), ([], 3, 1), ([], 0, 0), ([], -1, 0)],
)
async def test_the_list_is_updated_where_the_customer_may_be_in_it(h, tokens, version, times):
    """N10.FR.02; a list with a version and without entries is one that nobody knows."""
    await _listed(h, *tokens, version=version)
    h.session(V).replies["CustomerInformation"] = ACCEPTED
    await h.operate(V, "customer-information", {"idToken": TOKEN, "clear": True, "report": False})
    await asyncio.sleep(0.01)
    assert len(Others.latest.forgotten) == times


async def test_a_station_of_whose_list_nothing_is_known_is_left_alone():
    async with started(Others) as h:
        h.session(V).replies["CustomerInformation"] = ACCEPTED
        await h.operate(V, "customer-information", {"idToken": TOKEN, "clear": True, "report": False})
        await asyncio.sleep(0.01)
        assert Others.latest.forgotten == []


@pytest.mark.parametrize("status", ["Rejected", "Invalid"])
async def test_who_was_not_cleared_stays(h, status):
    h.session(V).replies["CustomerInformation"] = Reply.result({"status": status})
    await h.operate(V, "customer-information", {"idToken": TOKEN, "clear": True, "report": False})
    await asyncio.sleep(0.01)
    assert Others.latest.forgotten == []


async def test_where_an_upstream_has_cleared_the_list_is_the_upstreams(h):
    payload = {"requestId": 4, "report": False, "clear": True, "idToken": TOKEN}
    await ask(h, "CustomerInformation", payload, ACCEPTED)  # its origin is neither the API nor a plugin
    await asyncio.sleep(0.01)
    assert Others.latest.forgotten == []


@pytest.mark.parametrize("failure", [CallTimeout("no answer"), StationRefused("InternalError", "TAG1 is odd")])
async def test_a_list_that_cannot_be_updated_is_logged_without_the_token(h, failure, caplog):
    Others.latest.failure = failure
    h.session(V).replies["CustomerInformation"] = ACCEPTED
    await h.operate(V, "customer-information", {"idToken": TOKEN, "clear": True, "report": False})

    async def logged():
        return "the local list of CP001 was not updated" in caplog.text

    await until(logged)
    assert "TAG1" not in caplog.text


async def test_without_a_local_list_there_is_nothing_to_update():
    async with started() as h:
        h.session(V).replies["CustomerInformation"] = ACCEPTED
        given = {"idToken": TOKEN, "clear": True, "report": False, "requestId": 4}
        assert await h.operate(V, "customer-information", given) == {"status": "Accepted", "requestId": 4}


class Function(BasePlugin):
    """Offers the function itself."""

    name = "function"

    def __init__(self, config, context):
        super().__init__(config, context)
        Function.forgotten = []
        self.shared["ocpp201.local_list"] = self.taken

    async def taken(self, session, id_token):
        Function.forgotten.append(id_token)


async def test_the_local_list_may_be_a_function():
    async with started(Function) as h:
        await _listed(h, "TAG1")
        h.session(V).replies["CustomerInformation"] = ACCEPTED
        await h.operate(V, "customer-information", {"idToken": TOKEN, "clear": True, "report": False})

        async def there():
            return Function.forgotten

        await until(there)
        assert Function.forgotten == [TOKEN]


async def test_a_report_that_does_not_end_is_told_as_far_as_it_came(h):
    _report(h, PARTS[0])
    told = await h.operate(V, "customer-information", {"idToken": TOKEN, "timeout": 0.05})
    assert (told["complete"], told["data"]) == (False, "Jane ")


async def test_nothing_of_a_customer_is_kept(h):
    _report(h, *PARTS, version=V21)
    await h.operate(V21, "customer-information", {"idToken": TOKEN, "clear": True})
    await h.call(
        V21, "NotifyCustomerInformation", {"requestId": 99, "data": "Jane", "seqNo": 0, "tbc": True, "generatedAt": AT}
    )
    await h.call(V21, "NotifyCustomerInformation", {"requestId": 99, "data": "Doe", "seqNo": 1, "generatedAt": AT})
    assert await h.records.documents.all("ocpp201.diagnostics") == []


async def test_a_late_part_of_a_report_is_answered_and_dropped(h):
    _report(h, PARTS[0])
    told = await h.operate(V, "customer-information", {"idToken": TOKEN, "timeout": 0.05})
    late = {"requestId": told["requestId"], "data": "Doe", "seqNo": 1, "generatedAt": AT}
    assert (await h.call(V, "NotifyCustomerInformation", late)).payload == {}


async def test_what_an_upstream_was_told_is_not_put_together(h):
    early = {"requestId": 4, "data": "Jane ", "seqNo": 0, "tbc": True, "generatedAt": AT}
    await h.call(V, "NotifyCustomerInformation", early)
    _report(h, PARTS[1])
    told = await h.operate(V, "customer-information", {"idToken": TOKEN, "requestId": 4, "timeout": 0.05})
    assert (told["complete"], told["data"]) == (False, "Doe")


async def test_a_part_that_comes_when_nobody_waits_any_more_is_gone(h):
    given = {"idToken": TOKEN, "requestId": 4, "timeout": 0.05}
    _report(h, PARTS[0])
    await h.operate(V, "customer-information", given)
    await h.call(V, "NotifyCustomerInformation", {"requestId": 4, "generatedAt": AT, **PARTS[1]})
    assert (await h.operate(V, "customer-information", given))["complete"] is False
