import pytest

from broker.api import Connector, Variable
from plugins.ocpp21.payment import pages as module
from plugins.ocpp21.payment.config import WebPayments
from plugins.ocpp21.payment.pages import Pages, Refused
from plugins.ocpp21.payment.params import Opened
from plugins.ocpp21.payment.totp import secret_of, totp
from tests.plugins.ocpp21.ocpp21_payment_kit import ID, SECRET, URL, lab
from tests.plugins.ocpp201.ocpp201_tariff_kit import NOW, Neighbour


@pytest.fixture
async def h():
    async with lab() as found:
        found.pages = Pages(WebPayments(url=URL, secret=SECRET), Neighbour.latest.context)
        yield found


def password(identity=ID, *, validity=60, length=16, secret=None):
    return totp(secret or secret_of(SECRET, identity), NOW, validity=validity, length=length)


def url(identity=ID, evse="1", given=None, version="v1", more=""):
    return f"https://pay.example.com/{identity}/{evse}/{given or password()}?v={version}{more}"


async def test_a_url_of_the_station_is_a_page_with_the_driver_s_limits(h):
    page = await h.pages.checked(ID, Opened(url=url(more="&maxenergy=20000&maxtime=60&maxcost=5.5")))
    assert (page.identity, page.evse, page.until) == (ID, 1, NOW + 300)
    assert page.limits == {"maxEnergy": 20_000, "maxTime": 60, "maxCost": 5.5}
    assert (await h.pages.checked(ID, Opened(url=url(), timeout=20))).until == NOW + 20


async def test_the_parts_of_a_url_are_as_good(h):
    page = await h.pages.checked(ID, Opened(evseId=2, totp=password(), maxEnergy=5))
    assert (page.evse, page.limits) == (2, {"maxEnergy": 5})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (url("CP002"), "no URL of the station"),
        ("https://evil.example/CP001/1/x?v=v1", "no URL of the station"),
        (url(evse="x"), "no such EVSE"),
        (url(evse="0"), "no such EVSE"),
        (url(evse="7"), "no such EVSE"),
        (url(version="v2"), "version"),
        (url(more="&maxenergy=lots"), "maxenergy is no number"),
        (url(more="&maxcost=-1"), "maxcost is no limit"),
        (url(more="&maxcost=nan"), "maxcost is no limit"),
        (url(given="0000000000000000"), "one-time password"),
        (url(given=password("CP002")), "one-time password"),
    ],
)
async def test_another_url_is_refused(h, given, message):
    await h.records.commit(h.records.connectors.put(Connector(identity=ID, evse=1, connector=1)))
    await h.pages.checked(ID, Opened(url=url()))
    with pytest.raises(Refused, match=message):
        await h.pages.checked(ID, Opened(url=given))


async def test_a_password_is_good_for_its_interval_and_the_next(h):
    h.clock.advance(119)
    await h.pages.checked(ID, Opened(url=url()))
    h.clock.advance(1)
    with pytest.raises(Refused):
        await h.pages.checked(ID, Opened(url=url()))


@pytest.mark.parametrize("component", ["WebPaymentsCtrlr", "WebPaymentsCtrlr@1"])
async def test_validity_and_length_are_as_the_station_has_them(h, component):
    for name, value in (("ValidityTime", "3600"), ("Length", "20")):
        row = Variable(identity=ID, component=component, variable=name, value=value)
        await h.records.commit(h.records.variables.put(row))
    await h.pages.checked(ID, Opened(url=url(given=password(validity=3600, length=20))))
    with pytest.raises(Refused):
        await h.pages.checked(ID, Opened(url=url()))


async def test_a_station_may_have_its_secret_from_elsewhere(h):
    own = Pages(WebPayments(url=URL, secret=SECRET, secrets={ID: "x" * 20}), Neighbour.latest.context)
    await own.checked(ID, Opened(url=url(given=password(secret="x" * 20))))
    assert own.variables(ID, True)["SharedSecret"] == "x" * 20


async def test_an_open_page_is_found_until_its_time_is_over(h):
    page = await h.pages.checked(ID, Opened(url=url()))
    name = h.pages.opened(page)
    assert h.pages.found(name) is h.pages.found(name, ID) is page
    for wrong in (("other", ID), (name, "CP002")):
        with pytest.raises(Refused):
            h.pages.found(*wrong)
    h.clock.advance(301)
    with pytest.raises(Refused):
        h.pages.found(name)


async def test_no_more_pages_than_so_many_are_open(h, monkeypatch):
    monkeypatch.setattr(module, "_MOST", 2)
    page = await h.pages.checked(ID, Opened(url=url()))
    first, second, third = (h.pages.opened(page) for _ in range(3))
    with pytest.raises(Refused):
        h.pages.found(first)
    assert h.pages.found(second) is h.pages.found(third)


def test_what_belongs_into_the_station():
    found = Pages(WebPayments(url=URL, secret=SECRET, length=20), None).variables(ID, False)
    assert found == {
        "URLTemplate": URL, "TOTPVersion": "v1", "ValidityTime": "60", "Length": "20",
        "SharedSecret": secret_of(SECRET, ID), "Enabled": "false",
    }  # fmt: skip


def test_the_station_of_a_url():
    pages = Pages(WebPayments(url=URL, secret=SECRET), None)
    assert pages.station_of(url("CP%207")) == "CP 7"
    assert pages.station_of("https://evil.example/") is None
