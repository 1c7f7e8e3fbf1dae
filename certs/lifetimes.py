"""How long everything is valid, each with its reason."""

from datetime import UTC, datetime, timedelta

# A station bakes its root in, and a root that ends before the station does means a visit on site for each
# one. Longer than ten years would pass 2038-01-19, where embedded stacks with a 32-bit time_t overflow
# and take the certificate for expired.
ROOT_LIFETIME = timedelta(days=3650)

# Half of the root's: the intermediate is what lies on the broker's machine, and its change costs nothing
# because the server sends it in the handshake.
INTERMEDIATE_LIFETIME = timedelta(days=1825)

# A year and a month: renewed once a year there is a month to notice that it was forgotten. The OCPP security
# white paper would have servers expire faster (A00.FR.701 to 704); the broker takes a new file without dropping a
# session, so whoever renews by a timer may choose `--days 1`.
SERVER_LIFETIME = timedelta(days=397)

# A station that misses its renewal is dark until somebody drives there; a stolen key is dealt with by the
# CRL, not by a short life.
STATION_LIFETIME = timedelta(days=1095)

# Valid from two days ago: a station's clock may run on local time taken for UTC (up to 14 hours) or may have
# drifted over a weekend without power. For clocks that start years back, see `--backdate-days`.
BACKDATING = timedelta(days=2)

# The month that OCPP gives a station for its own renewal (A02, A03): from then on `renew` acts and `show`
# warns.
WARNING = timedelta(days=30)

# Or, for lives so short that a month is all of it, when a third is left: one failed run of a timer is no
# outage.
RENEWAL_RATIO = 1 / 3


def now() -> datetime:
    """The present moment in UTC, whole seconds: X.509 knows nothing finer (RFC 5280 4.1.2.5)."""
    return datetime.now(UTC).replace(microsecond=0)


def life(not_before: datetime, not_after: datetime) -> timedelta:
    """How long a certificate made by `certs` was meant to last: its validity without the usual backdating."""
    span = not_after - not_before
    return span - BACKDATING if span > BACKDATING else span


def is_due(not_before: datetime, not_after: datetime, at: datetime) -> bool:
    """True when it is time to renew: no more than a month is left, or than a third of a short life."""
    return not_after - at <= min(WARNING, life(not_before, not_after) * RENEWAL_RATIO)
