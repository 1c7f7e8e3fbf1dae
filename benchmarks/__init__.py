"""What a message costs the broker, as a ratio to a relay that does nothing but relay.

The relay under measurement, the upstream CSMS and the load each run in a process of their own, over loopback.
Nothing in here is imported by the broker, and only `micro` and `plugins` know its classes: the rest sees sockets.
"""
