"""The simulated energy meter."""

from datetime import datetime

from broker.simulate.meter import Meter, now


def test_an_hour_at_eleven_kilowatts_is_about_eleven_kilowatt_hours():
    meter = Meter(power=11_000, seed=1)
    meter.advance(3600)
    assert 10_400 < meter.wh < 11_600
    assert meter.power > 0


def test_the_register_stays_when_no_power_flows():
    meter = Meter(wh=5)
    meter.advance(60)
    register = meter.wh
    meter.idle()
    assert (meter.wh, meter.power) == (register, 0)


def test_the_same_seed_gives_the_same_readings():
    first, second = Meter(seed="CP1"), Meter(seed="CP1")
    first.advance(10)
    second.advance(10)
    assert first.power == second.power


def test_times_are_rfc_3339_in_utc():
    assert now().endswith("Z")
    assert datetime.fromisoformat(now()).utcoffset() is not None
