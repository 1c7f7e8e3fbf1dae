"""The answers to the last messages of one station, for when it sends one of them again."""

from broker.ocpp import Reply

_DEPTH = 32


class Recent:
    """The payloads of the last 32 answers by content key; in memory only.

    Two meter values, or two security events, of the same content may be two messages. On another connection than the
    one on which it was answered, such a message is the same one: its answer was lost.
    """

    __slots__ = ("_answers", "_connection")

    def __init__(self) -> None:
        self._answers: dict[str, tuple[bytes, int]] | None = None  # lazy: most stations are idle most of the time
        self._connection = 0

    def reconnected(self) -> None:
        """The station has another connection from here on."""
        self._connection += 1

    def note(self, key: str, reply: Reply) -> None:
        """Remember a CALLRESULT."""
        if self._answers is None:
            self._answers = {}
        self._answers.pop(key, None)
        self._answers[key] = (reply.raw, self._connection)
        if len(self._answers) > _DEPTH:
            del self._answers[next(iter(self._answers))]

    def get(self, key: str, *, earlier: bool = False) -> Reply | None:
        """The answer; with `earlier` only one of another connection than the present."""
        known = self._answers.get(key) if self._answers is not None else None
        if known is None or (earlier and known[1] == self._connection):
            return None
        return Reply.result(known[0])

    def clear(self) -> None:
        self._answers = None
