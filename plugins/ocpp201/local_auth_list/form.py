"""How OCPP 2.x writes local authorization lists (AuthorizationData of D01).

In the book an entry is its idTokenInfo, with the `type` of its idToken, and `additionalInfo` where it has that.
"""

from typing import Any

from plugins.ocpp201.id_tokens import CENTRAL
from plugins.shared.local_list import Form, Info
from plugins.shared.values import text

_OF_ID_TOKEN = ("type", "additionalInfo")


def _read(entry: Any) -> tuple[str, str, Info | None] | None:
    id_token = entry.get("idToken") if isinstance(entry, dict) else None
    if not isinstance(id_token, dict) or (one := text(id_token.get("idToken"))) is None:
        return None
    kind = text(id_token.get("type")) or ""
    info = entry.get("idTokenInfo")
    if not isinstance(info, dict):
        return one, kind, None
    more = {"additionalInfo": id_token["additionalInfo"]} if "additionalInfo" in id_token else {}
    return one, kind, {**info, "type": kind, **more}


def _write(one: str, info: Info) -> dict[str, Any]:
    said = {name: value for name, value in info.items() if name not in _OF_ID_TOKEN}
    return {**_removal(one, info), "idTokenInfo": said}


def _removal(one: str, info: Info) -> dict[str, Any]:
    """D02: an entry without idTokenInfo takes it away."""
    id_token = {"idToken": one, "type": info.get("type") or CENTRAL}
    if "additionalInfo" in info:
        id_token["additionalInfo"] = info["additionalInfo"]
    return {"idToken": id_token}


FORM = Form(version="versionNumber", read=_read, write=_write, removal=_removal)
