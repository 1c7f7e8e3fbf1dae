"""The schemas of the `ocpp` package, read without importing it."""

import subprocess
import sys

import pytest

from broker.ocpp import Version
from broker.ocpp.schema_files import actions, load


@pytest.mark.parametrize(
    ("version", "count", "some"),
    [
        (Version.V16, 39, {"BootNotification", "SignedUpdateFirmware", "ExtendedTriggerMessage"}),
        (Version.V201, 64, {"TransactionEvent", "Get15118EVCertificate", "RequestStartTransaction"}),
        (Version.V21, 91, {"RequestBatterySwap", "NotifyPeriodicEventStream", "TransactionEvent"}),
    ],
)
def test_every_action_of_a_version_is_known(version, count, some):
    assert len(actions(version)) == count
    assert some <= actions(version)


@pytest.mark.parametrize("version", Version)
def test_every_action_has_both_schemas(version):
    without = {
        action
        for action in actions(version)
        for result in (False, True)
        if load(version, action, result=result) is None
    }
    assert without == ({"NotifyPeriodicEventStream"} if version is Version.V21 else set())


@pytest.mark.parametrize(
    "action", ["Nope", "", "../v201/schemas/BootNotificationRequest", "BootNotificationResponse", "\x00"]
)
def test_an_unknown_action_has_no_schema(action):
    assert load(Version.V16, action, result=False) is None


def test_the_package_itself_is_not_imported():
    script = (
        "import sys; from broker.ocpp import Schemas, Call, Version;"
        "Schemas().check_call(Call('Heartbeat', b'{}', version=Version.V16));"
        "sys.exit('ocpp' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
