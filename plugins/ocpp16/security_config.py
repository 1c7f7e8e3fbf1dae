"""The options of `ocpp16.security`."""

from plugins.shared.security_options import CertificateOptions, EventOptions, SigningOptions


class SecurityConfig(CertificateOptions, SigningOptions, EventOptions):
    """The options of `ocpp16.security`: where events go to, how often is signed, and what is installed."""
