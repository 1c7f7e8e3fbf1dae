import pytest

from broker.server.addresses import Addresses, address_of


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("a name", "a name"),
    ],
)
def test_what_an_address_counts_as(host, address):
    assert address_of(host) == address


def test_no_more_than_the_limit_at_once():
    addresses = Addresses(2)
    assert [addresses.take("a") for _ in range(3)] == [True, True, False]
    assert addresses.take("b")
    assert addresses.held("a") == 2
    addresses.release("a")
    assert addresses.take("a")


def test_nothing_is_kept_of_an_address_that_has_left():
    addresses = Addresses(2)
    addresses.take("a")
    addresses.take("a")
    addresses.release("a")
    addresses.release("a")
    assert len(addresses) == 0
    assert addresses.held("a") == 0
