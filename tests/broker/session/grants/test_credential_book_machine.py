"""A station whose password is changed again and again, with whatever can go wrong: it always gets in."""

import asyncio

from credential_kit import CP, again, made, password
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule


class Rotation(RuleBasedStateMachine):
    """Rotations, lost answers, crashes, a disk that fails."""

    @initialize()
    def begin(self):
        self.book = made()
        self.has = {"configured"}  # what the station may have: one, unless an answer is missing
        self.count = 0

    @rule(taken=st.sampled_from([True, False, None]), really=st.booleans(), stored=st.booleans())
    def rotate(self, taken, really, stored):
        self.count += 1
        text = f"password-number-{self.count:04}"
        self.book._store.failing = not stored
        if asyncio.run(self.book.expect(CP, password(text), profile=1)):
            return
        if taken is True:
            self.has = {text}
        elif taken is None:
            self.has = {text} if really else self.has
        self.book.settled(CP, password(text), taken=taken)

    @rule()
    def login(self):
        (text,) = self.has
        adopted = self.book.of(CP)
        for secret in [] if adopted is None else adopted.passwords:
            if secret.is_of(text):
                self.book.used(CP, password=(secret, ""))

    @rule()
    def crash(self):
        self.book = asyncio.run(again(self.book))

    @invariant()
    def gets_in(self):
        (text,) = self.has
        adopted = self.book.of(CP)
        accepted = [] if adopted is None else adopted.passwords
        if adopted is not None and adopted.password is not None:
            accepted.append(adopted.password)
            assert text != "configured"
        assert text == "configured" or any(secret.is_of(text) for secret in accepted)


Rotation.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestRotation = Rotation.TestCase
