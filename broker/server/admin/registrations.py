"""PUT and DELETE /api/v1/stations/{identity}: what a station may come in with, set while the broker runs.

It counts before the file, member by member, from the next handshake on. A session that is open stays.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from time import time
from typing import Any

from aiohttp import web
from pydantic import Field

from broker.config import Config
from broker.config.base import Model, Profile, Text
from broker.config.faults import checked
from broker.config.stations import Boot, TagValue
from broker.records import Registration, Registrations
from broker.server.admin.audit import audited
from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import invalid_body, json_body, no_body, parameters, station_identity
from broker.server.credentials import Password, hash_password

_WITH_PASSWORD = (1, 2)
_DIGEST = "sha256$"


class Order(Model):
    """The body of a PUT. Members that are absent or null are as the file has them; `password` see `_password`."""

    password: str | None = Field(default=None, min_length=1, max_length=1024, repr=False)
    security_profile: Profile | None = None
    tags: dict[Text, TagValue] = Field(default_factory=dict, max_length=64)
    serial_number: Text | None = None
    boot: Boot | None = None


async def put_registration(request: web.Request) -> web.Response:
    """Register a station, or replace its registration; a password that is left out stays as it was."""
    parameters(request)
    identity = station_identity(request)
    document = await json_body(request)
    context = request.app[CONTEXT]
    registrations = context.surface.records.registrations
    with audited(request, "station registered", identity=identity) as seen:
        order = order_of(document)
        seen["members"] = sorted(order.model_fields_set)  # a password among them only by name
        async with context.registering:
            made = _registration(identity, order, registrations.get(identity))
            _check(made, context.surface.config, registrations)
            await registrations.put(made)
    return _station(request, identity)


async def delete_registration(request: web.Request) -> web.Response:
    """Back to what the file has for the station; where it has nothing, the station is unknown from then on."""
    parameters(request)
    await no_body(request)
    identity = station_identity(request)
    context = request.app[CONTEXT]
    with audited(request, "station unregistered", identity=identity):
        async with context.registering:
            if not await context.surface.records.registrations.drop(identity):
                raise ApiProblem("unknown-station", f"{identity} is not registered by the API")
    return respond({"status": "unregistered"})


def order_of(document: Any) -> Order:
    """The order in a decoded body; raises ApiProblem 422 with every fault."""
    if not isinstance(document, dict):
        raise invalid_body([{"path": "", "detail": "an object with password, security_profile and the like"}])
    found = checked(Order, document)
    faults = [] if isinstance(found, Order) else found
    if not any(path == "password" for path, _ in faults) and (fault := _fault_in(document.get("password"))):
        faults.append(("password", fault))
    if faults or not isinstance(found, Order):
        raise invalid_body([{"path": path, "detail": expected} for path, expected in faults])
    return found


def shown(registration: Registration) -> dict[str, Any]:
    """A registration as an answer: whether there is a password, and never which."""
    return {
        "password": registration.password is not None,
        "security_profile": registration.security_profile,
        "tags": dict(registration.tags),
        "serial_number": registration.serial_number,
        "boot": registration.boot,
        "created_at": _moment(registration.created_at),
        "updated_at": _moment(registration.updated_at),
    }


def with_registration(station: dict[str, Any], registrations: Registrations) -> dict[str, Any]:
    """A station as the API shows it, with what was registered at run time."""
    found = registrations.get(station["identity"])
    return station if found is None else {**station, "registration": shown(found)}


def _fault_in(password: Any) -> str:
    if not isinstance(password, str):
        return ""
    try:
        Password.parse(password)
    except ValueError as error:  # its text has nothing of the password
        return str(error)
    return ""


def _registration(identity: str, order: Order, old: Registration | None) -> Registration:
    now = time()
    return Registration(
        identity=identity,
        password=_password(order, old),
        security_profile=order.security_profile,
        tags=dict(order.tags),
        serial_number=order.serial_number,
        boot=order.boot,
        created_at=now if old is None else old.created_at,
        updated_at=now,
    )


def _password(order: Order, old: Registration | None) -> str | None:
    """Only ever a digest. Left out: the old one; null: none, so that the file's counts."""
    if "password" not in order.model_fields_set:
        return None if old is None else old.password
    password = order.password
    return password if password is None or password.startswith(_DIGEST) else hash_password(password)


def _check(made: Registration, config: Config, registrations: Registrations) -> None:
    """What only shows beside the file and the other registrations; raises ApiProblem 422."""
    known = next((one for one in config.stations.known if one.identity == made.identity), None)
    secret = made.password is not None or (known is not None and known.password is not None)
    faults = []
    if made.security_profile in _WITH_PASSWORD and not secret:  # the file is checked likewise when it is read
        text = f"a password: security profile {made.security_profile} is Basic authentication"
        faults.append({"path": "password", "detail": text})
    if made.serial_number is not None and any(_owners(made, config, registrations)):
        faults.append({"path": "serial_number", "detail": "a serial number of its own; another station has this one"})
    if faults:
        raise invalid_body(faults)


def _owners(made: Registration, config: Config, registrations: Registrations) -> Iterator[bool]:
    """For each other station, whether it has the serial number: a certificate is one station's."""
    for one in registrations.all():
        yield one.identity != made.identity and one.serial_number == made.serial_number
    for known in config.stations.known:
        if known.identity != made.identity and known.serial_number == made.serial_number:
            registration = registrations.get(known.identity)
            yield registration is None or registration.serial_number is None


def _station(request: web.Request, identity: str) -> web.Response:
    surface = request.app[CONTEXT].surface
    station = surface.sessions.station(identity)
    if station is None:  # deleted again meanwhile
        raise ApiProblem("unknown-station", f"{identity} is neither registered nor connected")
    return respond(with_registration(station, surface.records.registrations))


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
