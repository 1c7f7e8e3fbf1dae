"""Listeners: where stations connect, and on what terms."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from broker.config.addresses import Bind, is_private, split
from broker.config.base import ConfigPath, Fault, Faults, Identity, Model, Name, Profile, Text
from broker.ocpp import Version

ALIASES: dict[str, Version] = {
    "ocpp1.6j": Version.V16,
    "ocpp1.6-j": Version.V16,
    "ocpp16": Version.V16,
    "ocpp2.0.1j": Version.V201,
    "ocpp201": Version.V201,
    "ocpp2.1j": Version.V21,
    "ocpp21": Version.V21,
}
"""Names of subprotocols seen in the field, in lower case; the versions' own names are always added."""

COMPRESS = {Version.V16: False, Version.V201: True, Version.V21: True}
"""permessage-deflate: OCPP-J 2.0.1 asks for it, many stations of 1.6 break on it."""


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, float) else value  # 1.2 without quotes is a number in YAML


TlsVersion = Annotated[
    Literal["1.2", "1.3"], BeforeValidator(_as_text), WithJsonSchema({"enum": ["1.2", "1.3", 1.2, 1.3]})
]


class CertificatePair(Model):
    """A certificate chain and its key, both PEM."""

    certificate: ConfigPath
    """PEM file with the server's certificate, followed by its intermediates."""
    key: ConfigPath
    """PEM file with the private key of the certificate."""


class Tls(Model):
    """TLS of a listener (profiles 2 and 3)."""

    certificates: list[CertificatePair] = Field(min_length=1)
    """Server certificates; an ECDSA and an RSA one side by side serve all four cipher suites of OCPP."""
    minimum_version: TlsVersion = "1.2"
    """Oldest TLS version that is accepted."""
    client_ca: ConfigPath | None = None
    """PEM file with the CAs that sign station certificates; needed for profile 3."""
    crl: ConfigPath | None = None
    """PEM file with the revocation lists of `client_ca`; a revoked station certificate is refused."""
    organization: Text | None = None
    """O that a station's certificate must carry; not looked at when absent."""

    @model_validator(mode="after")
    def _needs_client_ca(self) -> "Tls":
        if self.client_ca is None:
            names = [name for name in ("crl", "organization") if getattr(self, name) is not None]
            Faults.check(
                Fault((name,), f"tls.client_ca beside {name}, which is about station certificates") for name in names
            )
        return self


def _path(path: str) -> str:
    base, braces, rest = path.partition("{identity}")
    plain = base.isascii() and base.isprintable() and not any(char in ' %?#{}\\"<>' for char in base)
    if not (braces and not rest and path.startswith("/") and base.endswith("/") and plain):
        raise ValueError("a path such as /ocpp/{identity}: it begins with / and {identity} is its last part")
    return path


def _all_versions(value: Any) -> Any:
    if isinstance(value, bool):
        return dict.fromkeys(COMPRESS, value)
    return {**COMPRESS, **value} if isinstance(value, dict) else value


def _lower_keys(value: Any) -> Any:
    """With the versions' own names, so that one look-up of an offered name in lower case is all that it takes."""
    if not isinstance(value, dict):
        return value
    own = {version.value: version for version in Version}
    return own | {key.lower() if isinstance(key, str) else key: version for key, version in value.items()}


Compress = Annotated[
    dict[Version, bool], BeforeValidator(_all_versions, json_schema_input_type=bool | dict[Version, bool])
]
Aliases = Annotated[dict[Text, Version], BeforeValidator(_lower_keys)]


class Listener(Model):
    """One address that stations connect to."""

    name: Name
    """Its name in logs, metrics and routes."""
    bind: Bind
    """`HOST:PORT`, `[V6]:PORT`; port 0 takes a free one."""
    path: Annotated[str, AfterValidator(_path)] = "/ocpp/{identity}"
    """Path of the URL; `{identity}` is its last part."""
    security_profiles: list[Profile] = Field(min_length=1)
    """Security profiles that are let in: 0 and 1 without `tls`, 2 and 3 with it."""
    insecure: bool = False
    """Allows profile 0 or 1 on an address that is neither loopback nor private."""
    tls: Tls | None = None
    """TLS for profiles 2 and 3; without it the listener is plain."""
    subprotocols: list[Version] = Field(default=list(Version), min_length=1)
    """OCPP versions that are accepted; the station's order decides among them."""
    subprotocol_aliases: Aliases = ALIASES
    """Other names of a version, compared without case. A table of your own replaces the built-in one."""
    default_subprotocol: Version | None = None
    """Version of a station that offers no subprotocol at all; absent: it is refused."""
    no_common_subprotocol: Literal["reject", "upgrade_and_close"] = "reject"
    """Where nothing fits: HTTP 400, or the specification's way (OCPP-J 3.1.2), upgrade and close."""
    identity_aliases: dict[Identity, Identity] = Field(default_factory=dict)
    """Identity as a station presents it -> identity that it counts as."""
    compress: Compress = COMPRESS
    """permessage-deflate by version, or true or false for all; a station's own `compress` goes before it."""

    @property
    def host(self) -> str:
        """The host of `bind`, without brackets."""
        return split(self.bind)[0]

    @property
    def port(self) -> int:
        """The port of `bind`; 0 for a free one."""
        return split(self.bind)[1]

    @field_validator("security_profiles", "subprotocols")
    @classmethod
    def _once(cls, values: list[Any]) -> list[Any]:
        if len(set(values)) != len(values):
            raise ValueError("each entry once")
        return values

    @model_validator(mode="after")
    def _consistent(self) -> "Listener":
        Faults.check([*self._profile_faults(), *self._subprotocol_faults()])
        return self

    def _profile_faults(self) -> Iterator[Fault]:
        profiles = set(self.security_profiles)
        where = ("security_profiles",)
        if self.tls is None and profiles & {2, 3}:
            yield Fault(
                where, "a tls section: profiles 2 and 3 need TLS (profiles 0 and 1 go on a listener of their own)"
            )
        if self.tls is not None and profiles & {0, 1}:
            yield Fault(
                where,
                "profiles 2 and 3 alone: a listener with tls has no profiles 0 and 1; give them one of their own",
            )
        if self.tls is not None and 3 in profiles and self.tls.client_ca is None:
            yield Fault(("tls", "client_ca"), "the CA file of the station certificates: profile 3 needs it")
        if profiles & {0, 1} and not self.insecure and not is_private(self.host):
            yield Fault(("insecure",), self._insecure_text())

    def _insecure_text(self) -> str:
        lowest = "0 (no authentication)" if 0 in self.security_profiles else "1 (passwords without encryption)"
        return (
            f"insecure: true, because security profile {lowest} is served on {self.bind}, which may be reached from"
            " other networks; or bind a loopback or private address, or use profiles 2 and 3 with tls"
        )

    def _subprotocol_faults(self) -> Iterator[Fault]:
        if self.default_subprotocol is not None and self.default_subprotocol not in self.subprotocols:
            yield Fault(("default_subprotocol",), f"one of subprotocols: {', '.join(self.subprotocols)}")
