"""Where the schemas of OCPP are: the JSON files of the `ocpp` package, read without importing the package.

Importing its three versions costs 300 ms for classes that nobody here needs.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from broker.ocpp.versions import Version

_FOLDERS = {Version.V16: "v16", Version.V201: "v201", Version.V21: "v21"}

#: RFC 3339, and what stations make of it: no zone, `+02`, a blank for the T (field-notes Q-23).
_TIMESTAMP = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]"
    r"([01][0-9]|2[0-3]):[0-5][0-9](:([0-5][0-9]|60)([.,][0-9]+)?)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?$"
)


@cache
def _folder(version: Version) -> Path:
    spec = find_spec("ocpp")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package 'ocpp', which brings the schemas, is not installed")
    return Path(spec.submodule_search_locations[0]) / _FOLDERS[version] / "schemas"


@cache
def actions(version: Version) -> frozenset[str]:
    """Return every action that `version` has a schema for."""
    names = {path.stem for path in _folder(version).glob("*.json")}
    calls = {name for name in names if not name.endswith("Response")}
    return frozenset(calls if version is Version.V16 else {name.removesuffix("Request") for name in calls})


def load(version: Version, action: str, *, result: bool) -> dict[str, Any] | None:
    """Return the schema of an action's call or result, or None where there is none (a SEND has no result)."""
    if action not in actions(version):  # also keeps an action from becoming a path
        return None
    names = [f"{action}Response"] if result else [f"{action}Request", action]
    for name in names:
        path = _folder(version) / f"{name}.json"
        if path.is_file():
            text = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
            schema: dict[str, Any] = _with_timestamps(msgspec.json.decode(text))
            return schema
    return None


def _with_timestamps(node: Any) -> Any:
    """Formats are not asserted by default; a timestamp's is made a pattern that is as liberal as it can be."""
    if isinstance(node, list):
        return [_with_timestamps(item) for item in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _with_timestamps(item) for key, item in node.items()}
    if changed.get("format") == "date-time":
        changed["pattern"] = _TIMESTAMP
    return changed


def is_timestamp(pattern: str) -> bool:
    """True for the pattern that stands for `format: date-time`."""
    return pattern == _TIMESTAMP
