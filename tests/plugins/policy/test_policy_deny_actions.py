import pytest
from typer.testing import CliRunner

from broker.api import Direction, Drop
from broker.hooks import PluginError
from broker.testing import NotForwarded, harness
from plugins.policy.deny_actions import DenyActions

TO = {"direction": Direction.TO_STATION}
RULES = [
    {"actions": ["Reset", "Clear*"], "direction": "to_station", "origins": ["billing"]},
    {"actions": ["Heartbeat", "Notify*"], "direction": "from_station"},
]


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_a_denied_command_is_rejected_in_its_own_words(version):
    h = harness(DenyActions, rules=RULES)
    for _ in range(2):
        reply = await h.call(version, "Reset", {}, origin="billing", **TO)
        assert reply.payload == {"status": "Rejected"}


async def test_a_call_whose_answer_has_no_rejected_gets_not_supported():
    reply = await harness(DenyActions, rules=RULES).call("ocpp1.6", "Heartbeat", {})
    assert (reply.code, reply.description) == ("NotSupported", "denied by policy")


async def test_a_vendor_action_gets_not_supported():
    h = harness(DenyActions, rules=[{"actions": ["Vendor*"]}])
    assert (await h.call("ocpp1.6", "VendorThing", {})).code == "NotSupported"


async def test_a_denied_send_is_dropped():
    with pytest.raises(NotForwarded) as caught:
        await harness(DenyActions, rules=RULES).forward("ocpp2.1", "NotifyPeriodicEventStream", {})
    assert caught.value.outcome == Drop()


@pytest.mark.parametrize(
    ("action", "options"),
    [
        ("Reset", {"origin": "main", **TO}),
        ("Reset", {"origin": "billing"}),
        ("Heartbeat", {"origin": "billing", **TO}),
        ("TriggerMessage", {"origin": "billing", **TO}),
    ],
)
async def test_what_no_rule_fits_passes(action, options):
    call = await harness(DenyActions, rules=RULES).forward("ocpp1.6", action, {}, **options)
    assert call.action == action


def test_a_rule_needs_actions():
    with pytest.raises(PluginError, match=r"plugins\[0\]\.policy\.deny_actions\.rules\[0\]\.actions"):
        harness(DenyActions, rules=[{"actions": []}])


@pytest.mark.parametrize(
    ("arguments", "code", "word"), [(["Reset", "--origin", "billing"], 1, "denied"), (["Reset"], 0, "passes")]
)
def test_the_command_says_what_the_rules_do(arguments, code, word):
    command = harness(DenyActions, rules=RULES).plugins.commands()["policy.deny_actions"]["denied"]
    result = CliRunner().invoke(command, arguments)
    assert (result.exit_code, word in result.output) == (code, True)
