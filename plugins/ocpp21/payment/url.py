"""URLs of QR codes by their template (OCPP 2.1 part 2, C25 and WebPaymentsCtrlr.URLTemplate).

`https://pay.example.com/{chargingStationId}/{evse}/{totp}?v={version}`: names in braces, in any case. What the driver
has chosen at the station comes behind it: `maxenergy`, `maxtime`, `maxcost`.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from plugins.shared.ci_string import folded

STATION, EVSE, TOTP, VERSION = "chargingstationid", "evse", "totp", "version"
_NAME = re.compile(r"\{([A-Za-z]+)\}")
_LONGEST = 2000


def names(template: str) -> set[str]:
    """The names in a template, in small letters."""
    return {folded(name) for name in _NAME.findall(template)}


def parsed(template: str, url: str) -> dict[str, str] | None:
    """What a URL says for the names of its template, and of its query; None where it is none of this template."""
    if len(url) > _LONGEST:
        return None
    try:
        wanted, given = urlsplit(template), urlsplit(url)
        if (wanted.scheme, wanted.netloc.lower()) != (given.scheme, given.netloc.lower()):
            return None
        asked = parse_qsl(wanted.query, keep_blank_values=True)
        said = {folded(name): value for name, value in parse_qsl(given.query, max_num_fields=50)}
    except ValueError:
        return None
    found = _path(wanted.path, given.path)
    return None if found is None else {**said, **found, **_query(asked, said)}


def _path(template: str, path: str) -> dict[str, str] | None:
    parts = _NAME.split(template.rstrip("/"))
    pattern = "".join(re.escape(part) if place % 2 == 0 else "([^/]+)" for place, part in enumerate(parts))
    match = re.fullmatch(pattern, path.rstrip("/"))
    if match is None:
        return None
    return {folded(name): unquote(value) for name, value in zip(parts[1::2], match.groups(), strict=True)}


def _query(asked: list[tuple[str, str]], said: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, value in asked:
        match = _NAME.fullmatch(value)
        if match is not None and folded(name) in said:
            found[folded(match[1])] = said[folded(name)]
    return found
