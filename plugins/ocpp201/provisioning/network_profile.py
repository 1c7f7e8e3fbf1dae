"""NetworkConnectionProfiles: what goes into a slot, and which slot to take (B09, A05). Pure."""

from collections.abc import Sequence
from typing import Any

from plugins.ocpp201.provisioning.network_params import SetNetworkProfile, UpgradeSecurityProfile
from plugins.ocpp201.versions import V21
from plugins.shared.values import number

_TLS_FROM = 2


class NoProfile(Exception):
    """It cannot be composed; the text says why, to the operator."""


def composed(
    params: SetNetworkProfile | UpgradeSecurityProfile, *, version: str, profile: int, url: str | None
) -> dict[str, Any]:
    """The `connectionData`; `url` stands where the operator gave none."""
    address = params.ocppCsmsUrl or url
    if address is None:
        raise NoProfile(f"no ocppCsmsUrl: give one, or set the option csms_url for security profile {profile}")
    data: dict[str, Any] = {
        "ocppVersion": params.ocppVersion or ("OCPP21" if version == V21 else "OCPP20"),
        "ocppTransport": params.ocppTransport,
        "ocppCsmsUrl": address,
        "messageTimeout": params.messageTimeout,
        "securityProfile": profile,
        "ocppInterface": params.ocppInterface,
    }
    if params.identity is not None:
        data["identity"] = params.identity
    if params.basicAuthPassword is not None:
        data["basicAuthPassword"] = params.basicAuthPassword.get_secret_value()
    return data | {name: given for name in ("apn", "vpn") if (given := getattr(params, name)) is not None}


def fits(profile: int, url: Any) -> bool:
    """Whether a station could come to `url` with that security profile: 2 and 3 are TLS."""
    return str(url).casefold().startswith("wss://") == (profile >= _TLS_FROM)


def slots(text: str | None) -> list[int]:
    """The numbers of a list such as NetworkConfigurationPriority."""
    found = (number(part.strip()) for part in (text or "").split(","))
    return [one for one in found if one is not None]


def free_slot(priority: Sequence[int], active: int | None, allowed: Sequence[int]) -> int:
    """A slot that the station does not live by: one that it does not use at all, else the last of its list."""
    unused = [slot for slot in allowed if slot not in priority and slot != active]
    if unused:
        return unused[0]
    others = [slot for slot in priority if slot != (active if active is not None else priority[0])]
    if allowed and others:
        return others[-1]
    if allowed:
        raise NoProfile("the station has no slot but the one that it uses; give a configurationSlot")
    return max([0, *priority, *([] if active is None else [active])]) + 1


def with_slot_first(slot: int, priority: Sequence[int]) -> str:
    """The list that has `slot` tried first; the others stay, for when it does not get through."""
    return ",".join(str(one) for one in [slot, *(other for other in priority if other != slot)])
