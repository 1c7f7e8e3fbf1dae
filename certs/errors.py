"""What goes wrong with certificates, in words for the person at the keyboard."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

# All that cryptography raises for a damaged certificate, CRL or request; half of it is not a ValueError.
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


class CertsError(Exception):
    """A certificate could not be made, read or revoked; the text says why and what to do."""
