"""The answers to the last messages of one station, for when it sends one of them again."""

from broker.ocpp import Reply

_DEPTH = 32


class Recent:
    """The payloads of the last 32 answers by content key; in memory only."""

    __slots__ = ("_answers",)

    def __init__(self) -> None:
        self._answers: dict[str, bytes] | None = None  # lazy: most stations are idle most of the time

    def note(self, key: str, reply: Reply) -> None:
        """Remember a CALLRESULT."""
        if self._answers is None:
            self._answers = {}
        self._answers.pop(key, None)
        self._answers[key] = reply.raw
        if len(self._answers) > _DEPTH:
            del self._answers[next(iter(self._answers))]

    def get(self, key: str) -> Reply | None:
        raw = self._answers.get(key) if self._answers is not None else None
        return None if raw is None else Reply.result(raw)

    def clear(self) -> None:
        self._answers = None
