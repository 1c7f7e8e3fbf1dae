"""The lab of a case of OCPP 2.x: a station of its own at a broker that all cases share.

`lab.alone(...)` is a broker for the case alone, for what would disturb other cases: a restart, other options of
plugins. Tokens are those of `TOKENS`; their names here are what a station presents.
"""

import asyncio
from contextlib import asynccontextmanager
from itertools import count

from broker_kit import FIRMWARE_FILE, FIRMWARE_IMAGE, FQDN, LabBroker
from case_lab_kit import CaseLab
from options21_kit import OPTIONS21
from station2_kit import connected

__all__ = ["FIRMWARE_FILE", "FIRMWARE_IMAGE", "FQDN"]

KEY = "password-of-the-test-tool"
EVSES = (1, 2)
"""Each has one connector, 1."""


def id_token(value, kind="ISO14443"):
    """IdTokenType."""
    return {"idToken": value, "type": kind}


VALID, VALID_2 = id_token("04A1B2C3D4E501"), id_token("04A1B2C3D4E502")
ISO15693, KEY_CODE = id_token("E00401001A2B3C01", "ISO15693"), id_token("123456", "KeyCode")
MAC, LOCAL = id_token("00:1A:2B:3C:4D:5E", "MacAddress"), id_token("LOCAL-0001", "Local")
CENTRAL, NO_AUTHORIZATION = id_token("CENTRAL-0001", "Central"), id_token("", "NoAuthorization")
MASTER_PASS = id_token("04A1B2C3D4E5FF")
BLOCKED, EXPIRED = id_token("04A1B2C3D4E503"), id_token("04A1B2C3D4E504")
UNKNOWN = id_token("04FFFFFFFFFF01")
GROUP, MASTER_GROUP = id_token("GROUP-1", "Central"), id_token("MASTER-PASS-GROUP", "Central")

IN_GROUP = {"parent": GROUP["idToken"], "parent_type": GROUP["type"]}
TOKENS = {
    VALID["idToken"]: {"type": "ISO14443", **IN_GROUP},
    VALID_2["idToken"]: {"type": "ISO14443", **IN_GROUP},
    ISO15693["idToken"]: {"type": "ISO15693"},
    KEY_CODE["idToken"]: {"type": "KeyCode"},
    MAC["idToken"]: {"type": "MacAddress"},
    LOCAL["idToken"]: {"type": "Local"},
    CENTRAL["idToken"]: {"type": "Central"},
    MASTER_PASS["idToken"]: {"parent": MASTER_GROUP["idToken"], "parent_type": "Central"},
    BLOCKED["idToken"]: {"status": "Blocked"},
    EXPIRED["idToken"]: {"expires": "2020-01-01T00:00:00Z"},
}

#: Options of plugins at every broker of 2.x.
OPTIONS = {**OPTIONS21}


class Lab2(CaseLab):
    """What a case of 2.x has."""

    _numbers = count(1)

    def __init__(self, host, folder, transport, version, identity=None):
        super().__init__(host, folder, identity or f"OCTT-{next(self._numbers)}", KEY, transport, version)

    async def register(self, **more):
        """As an operator does it: the identity may come with the case's transport alone."""
        self._before = self.host.complaints()
        await self.set_registration(password=self.key, security_profile=self.transport, **more)

    async def set_registration(self, **members):
        """What the station may come in with, and how its boots are answered (`boot`)."""
        url = f"{self.broker.admin_url}/api/v1/stations/{self.identity}"
        async with self.host.client.put(url, json=members) as answer:
            assert answer.status in (200, 201), await answer.text()

    def connected(self, url, options):
        return connected(url, self.identity, self.rules, **options)

    @asynccontextmanager
    async def alone(self, *, options=None, boot="accepted", **more):
        """A place at a broker that nobody else is at; `options` of plugins by name, `more` sections of the file."""
        folder = self.folder / "alone"
        folder.mkdir()
        host = LabBroker(folder, self.pki, tokens=TOKENS, options={**OPTIONS, **(options or {})}, **more)
        await host.start()
        try:
            lab = Lab2(host, folder, self.transport, self.version)
            await lab.register(boot=boot)
            yield lab
        finally:
            await host.stop()

    async def while_it(self, step, operation, /, **params):
        """An operation that waits for the station, and what the station does meanwhile; both results."""
        asked = asyncio.create_task(self.do(operation, **params))
        return await step, await asked
