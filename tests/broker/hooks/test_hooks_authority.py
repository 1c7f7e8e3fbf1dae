import pytest

from broker.hooks import AuthorityRefused
from broker.hooks.authority import NoAuthority


async def test_without_an_authority_nothing_is_signed():
    with pytest.raises(AuthorityRefused, match="no section authority"):
        await NoAuthority().sign("CP001", "csr")
