"""What an upstream may command a station.

A secondary has a list of actions. Beyond that, for the primary as well, whatever changes what the station accepts,
where it connects or what it runs needs a grant (field-notes S-09, S-10).
"""

import re
from collections.abc import Collection, Mapping

import msgspec

from broker.ocpp import Call, Reply
from broker.ocpp.actions import FROM_STATION, TO_STATION
from broker.ocpp.refusals import refusal
from broker.session.grants.adoption import ADOPTABLE, Setting, normalised, settings_of

#: The grant that an action needs, whatever its payload.
_GRANTS: Mapping[str, str] = {
    "CertificateSigned": "certificates",
    "DeleteCertificate": "certificates",
    "GetDiagnostics": "logs",
    "GetLog": "logs",
    "InstallCertificate": "certificates",
    "PublishFirmware": "firmware",
    "SetNetworkProfile": "network",
    "SignedUpdateFirmware": "firmware",
    "UpdateFirmware": "firmware",
}
_LOOKED_INTO = frozenset({"ChangeConfiguration", "SetNetworkProfile", "SetVariables"})
_HARMLESS = frozenset[str]().union(*FROM_STATION.values(), *TO_STATION.values()) - _GRANTS.keys() - _LOOKED_INTO
#: A liberal station may take `updatefirmware` for what it means.
_FOLDED = {normalised(action): action for action in {*_GRANTS, *_LOOKED_INTO}}

# Of normalised names. The first that fits counts: the password of a WLAN is the network's.
_LOCAL_NETWORK = re.compile(r"wifi|wlan|ssid|apn|ppp|vpn|proxy|ethernet|modem|cellular|gsm|simcard|simpin")
_CREDENTIAL = re.compile(
    r"authorizationkey|authkey|basicauth|password|passwd|passphrase|securityprofile|secret|credential"
)
_CERTIFICATE = re.compile(r"certificate|rootca|privatekey|^cponame$|^organizationname$")
_NETWORK = re.compile(
    r"(?<!ho)url|uri\d*$|network|centralsystem|centraladdress|csms|backend|server|hostname|endpoint|ipaddr|gateway|dns"
    rf"|netmask|subnet|{_LOCAL_NETWORK.pattern}"
)


class Denied(msgspec.Struct, frozen=True):
    """A command that does not reach the station."""

    reason: str
    """`commands`, `credentials`, `network`, `certificates`, `firmware` or `logs`: what its upstream lacks."""
    reply: Reply
    """The answer, without an id."""


class Commands:
    """What one upstream of a route may command."""

    __slots__ = ("_adopting", "_commands", "_grants")

    def __init__(self, commands: Collection[str] | None, grants: Collection[str], credentials: str = "deny") -> None:
        """`commands`: the actions, None for all. `credentials`: `deny` or `adopt`.

        With `adopt` a call that changes credentials passes here where the broker could follow it; it is not to be
        sent before `Adoption.expect` has agreed.
        """
        self._commands = None if commands is None else frozenset(commands)
        self._grants = frozenset(grants) - {"credentials"}
        self._adopting = credentials == "adopt"

    def judge(self, call: Call) -> Denied | None:
        """Why `call` may not go to the station, with the answer to it; None lets it pass."""
        if self._commands is not None and call.action not in self._commands:
            return Denied("commands", refusal(call))
        if call.action in _HARMLESS:
            return None
        lacking = self._lacking(call)
        return Denied(lacking, refusal(call)) if lacking else None

    def _lacking(self, call: Call) -> str:
        action = _FOLDED.get(normalised(call.action), "")
        needed = _GRANTS.get(action)
        if needed is not None and needed not in self._grants:
            return needed
        if action not in _LOOKED_INTO:
            return ""
        try:
            kinds = [self._needed(setting) for setting in settings_of(call)]
        except ValueError:
            return "credentials"  # it may be anything
        return next((kind for kind in kinds if kind and kind not in self._grants), "")

    def _needed(self, setting: Setting) -> str:
        kind = kind_of(setting)
        return "" if kind == "credentials" and self._adopting and setting.name in ADOPTABLE else kind


def kind_of(setting: Setting) -> str:
    """What a setting is about: `credentials`, `network`, `certificates`, or empty for what needs no grant.

    By name, vendors' names included. Credentials that the broker cannot follow are nobody's to set.
    """
    name = setting.name
    if name == "securityprofile" and setting.slot:
        return "network"  # of a network configuration: has no effect before that is chosen
    if name in ADOPTABLE:
        return "credentials"
    if _CREDENTIAL.search(name):
        return "network" if _LOCAL_NETWORK.search(name) else "credentials"
    if _CERTIFICATE.search(name):
        return "certificates"
    return "network" if _NETWORK.search(name) or _NETWORK.search(setting.component) else ""
