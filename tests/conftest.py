"""For all tests."""

from hypothesis import HealthCheck, settings

# A busy machine is no reason to fail: time is measured by benchmarks.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
