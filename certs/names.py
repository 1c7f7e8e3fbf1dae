"""Names: of servers, of stations, of the files that hold them."""

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import quote

from cryptography import x509
from cryptography.x509.oid import NameOID

from certs.errors import CertsError

# RFC 5280 appendix A.1: ub-common-name and ub-organization-name.
MAXIMUM_NAME = 64
# Most file systems take names of 255 bytes; the suffix and a temporary file's decoration need room.
MAXIMUM_FILE_NAME = 200

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def subject(common_name: str, organization: str) -> x509.Name:
    """The subject `O=organization, CN=common_name`, the two parts that OCPP gives a meaning."""
    check_text("the organization", organization)
    check_text("the common name", common_name)
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def check_text(what: str, text: str) -> str:
    """`text` when X.509 can hold it as a name: 1 to 64 characters, printable; otherwise `CertsError`."""
    if not text or len(text) > MAXIMUM_NAME:
        raise CertsError(f"{what} must have 1 to {MAXIMUM_NAME} characters, this has {len(text)}")
    if not text.isprintable():
        raise CertsError(f"{what} holds a control character")
    return text


def server_names(names: Sequence[str]) -> list[x509.GeneralName]:
    """Host names and addresses as the entries of a subjectAltName, in order and each once.

    A wildcard is refused: OCPP has the station compare the name with the host that it dialled, whole
    (A00.FR.501 to 512). Raises `CertsError` naming the bad one.
    """
    if not names:
        raise CertsError("a server certificate needs at least one name")
    return [_general_name(name) for name in dict.fromkeys(plain_name(name) for name in names)]


def plain_name(name: str) -> str:
    """A host name in lower case without the last dot; an address in its shortest form, without brackets."""
    try:
        return str(ipaddress.ip_address(name.removeprefix("[").removesuffix("]")))
    except ValueError:
        return name.lower().removesuffix(".")


def is_fqdn(name: str) -> bool:
    """True for a fully qualified domain name, what OCPP asks a server's CN to be (A00.FR.501 to 512)."""
    return "." in name and isinstance(_general_name(plain_name(name)), x509.DNSName)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    if "*" in name:
        raise CertsError(f"{name}: OCPP does not allow a wildcard; name each host")
    if not name.isascii():
        raise CertsError(f"{name}: write an international name in its ASCII form (xn--...)")
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise CertsError(f"{name!r} is not a host name or an IP address")
    return x509.DNSName(name)


def station_common_name(identity: str, serial_number: str | None) -> str:
    """The CN of a station: its serial number, or its identity where none is given.

    OCPP asks for a unique serial number that looks like neither a URL nor an address (A00.FR.501 to 512).
    """
    name = identity if serial_number is None else serial_number
    if not identity:
        raise CertsError("the identity is empty")
    if len(name) > MAXIMUM_NAME and serial_number is None:
        raise CertsError(
            f"the identity has {len(name)} characters, a certificate's CN at most {MAXIMUM_NAME}: "
            "give the station's serial number",
        )
    check_text("the serial number" if serial_number is not None else "the identity", name)
    if "://" in name or _is_address(name):
        raise CertsError(f"{name}: the CN of a station must not look like a URL or an IP address")
    return name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def file_name(identity: str) -> str:
    """A name for the files of `identity`: two identities never share one, and none leaves the folder.

    Percent-encoded but for letters, digits, `_`, `-` and inner dots. What would grow too long is cut and gets
    a digest of the whole, behind a `~` that cannot occur otherwise.
    """
    safe = quote(identity, safe="", errors="surrogatepass").replace("~", "%7E")
    if safe.startswith("."):
        safe = "%2E" + safe[1:]
    if len(safe) <= MAXIMUM_FILE_NAME:
        return safe
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{safe[:100]}~{digest}"
