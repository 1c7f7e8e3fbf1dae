"""How OCPP 1.6 writes local authorization lists (1.6 6.41, 7.1)."""

from typing import Any

from plugins.shared.local_list import Form, Info
from plugins.shared.values import text


def _read(entry: Any) -> tuple[str, str, Info | None] | None:
    tag = text(entry.get("idTag")) if isinstance(entry, dict) else None
    if tag is None:
        return None
    info = entry.get("idTagInfo")
    return tag, "", info if isinstance(info, dict) else None


def _write(tag: str, info: Info) -> dict[str, Any]:
    return {"idTag": tag, "idTagInfo": info}


FORM = Form(version="listVersion", read=_read, write=_write)
