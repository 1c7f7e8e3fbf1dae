"""Bearer tokens with roles (RFC 6750), compared in constant time."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from broker.config.operations import AdminToken
from broker.server.admin.problems import ApiProblem

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)  # RFC 6750 2.1, laxer: the operator may have chosen any text
_REALM = 'Bearer realm="switchboard"'


class Role(IntEnum):
    """What a token may do; each role may do what the ones before it may."""

    VIEWER = 1
    """Read."""
    OPERATOR = 2
    """Send calls to stations."""
    ADMIN = 3
    """Everything, such as reload."""

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the configuration: only a salted digest of it is kept."""

    name: str
    role: Role
    _salt: bytes = field(repr=False)
    _digest: bytes = field(repr=False)

    @classmethod
    def of(cls, name: str, role: str, secret: str) -> "Token":
        """`secret` is the token as text, or `sha256$<salt>$<hex>` over the salt's text and the token."""
        if secret.startswith("sha256$"):
            _, salt, digest = secret.split("$")
            return cls(name, Role[role.upper()], salt.encode(), bytes.fromhex(digest))
        own_salt = secrets.token_bytes(16)
        return cls(name, Role[role.upper()], own_salt, hashlib.sha256(own_salt + secret.encode()).digest())

    def matches(self, presented: bytes) -> bool:
        """Whether `presented` is it; the time taken tells nothing about the token."""
        return hmac.compare_digest(hashlib.sha256(self._salt + presented).digest(), self._digest)


class Tokens:
    """The tokens that are good now."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = tuple(tokens)

    @classmethod
    def configured(cls, tokens: Iterable[AdminToken]) -> "Tokens":
        return cls(Token.of(token.name, token.role, token.token.get_secret_value()) for token in tokens)

    def find(self, secret: str) -> Token | None:
        """The token with this text, the strongest where several have it. Every token is compared."""
        presented = secret.encode("utf-8", "surrogateescape")
        found = [token for token in self._tokens if token.matches(presented)]
        return max(found, key=lambda token: token.role, default=None)

    def authorize(self, headers: Sequence[str], role: Role) -> tuple[Token, str]:
        """The token that the `Authorization` headers present, and its text.

        Raises ApiProblem: 401 without exactly one good token, 403 when its role is below `role`.
        """
        if not headers:
            raise ApiProblem("unauthorized", "no bearer token", headers={"WWW-Authenticate": _REALM})
        match = _BEARER.fullmatch(headers[0].strip()) if len(headers) == 1 else None
        token = self.find(match[1]) if match else None
        if match is None or token is None:
            refusal = {"WWW-Authenticate": f'{_REALM}, error="invalid_token"'}
            raise ApiProblem("unauthorized", "the token is wrong", headers=refusal)
        if token.role < role:
            refusal = {"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="{role.label}"'}
            detail = f"this takes the role {role.label}, the token is a {token.role.label}'s"
            raise ApiProblem("forbidden", detail, headers=refusal)
        return token, match[1]
