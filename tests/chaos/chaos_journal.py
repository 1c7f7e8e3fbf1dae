"""What a process of the chaos run saw, one JSON line each, handed to the kernel before anything else happens.

A line that `note` has returned from outlives a SIGKILL of its writer; only the machine's own death could take it.
"""

import os
import time

import msgspec

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()


class Journal:
    """An append-only file. Every line has `t` (monotonic seconds, one clock for all processes) and `e`, the event."""

    def __init__(self, path):
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":  # the writer before us was killed within its line
            os.write(self._file, b"\n")

    def note(self, event, **fields):
        line = _encoder.encode({"t": time.monotonic(), "e": event, **fields}) + b"\n"
        if os.write(self._file, line) != len(line):
            raise OSError("the journal was written in part only")

    def close(self):
        os.close(self._file)


class Tail:
    """Reads what has been added to a journal since the last time."""

    def __init__(self, path):
        self._path, self._offset = path, 0
        self.torn = 0

    def new(self):
        """The whole lines that are there and have not been given yet; a torn one is counted and left out."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        data = data[: data.rfind(b"\n") + 1]
        self._offset += len(data)
        return [record for line in data.splitlines() if (record := self._record(line)) is not None]

    def _record(self, line):
        try:
            return _decoder.decode(line)
        except msgspec.DecodeError:
            self.torn += 1
            return None


def read(path):
    """Every whole line of a journal."""
    return Tail(path).new()
