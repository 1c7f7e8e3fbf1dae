"""Whether an answer is the station's own."""

from broker.api import Reply


def by_station(reply: Reply) -> bool:
    """False for an answer that was made in the station's place: a refusal, a plugin's answer, a timeout.

    What came over the wire has the id of the call that it answers, what was made here has none yet. Nobody may learn
    from a refusal what a station has: that of GetInstalledCertificateIds is `NotFound`.
    """
    return bool(reply.id)
