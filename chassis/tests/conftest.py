from collections.abc import AsyncIterator, Awaitable, Callable

import bookshop
import httpx
import pytest


@pytest.fixture(scope="module")
async def shop(fresh_database: Callable[..., Awaitable[str]]) -> AsyncIterator[httpx.AsyncClient]:
    url = await fresh_database()
    await bookshop.open_shop(url)
    async with bookshop.visit(bookshop.create_app(url)) as client:
        yield client


@pytest.fixture(scope="session")
async def shop_template(fresh_database: Callable[..., Awaitable[str]]) -> str:
    """A bookshop's database that nobody uses, to copy."""
    url = await fresh_database()
    await bookshop.open_shop(url)
    return url
