"""Every provider does what its consumers' pacts say, those of now and those of the last release: so it may
always go out before they do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pacts.kept import CONTRACTS
from pacts.providers import PROVIDERS, Provider, serving

# A released one that still says the same is tried once, as the present one.
FILES = [*sorted((CONTRACTS / "released/pacts").iterdir()), *sorted((CONTRACTS / "pacts").iterdir())]
PACTS = list({file.read_text(): file for file in FILES}.values())


def of(*consumers: str) -> list[object]:
    """The pacts of these, to be tried one by one."""
    mine = [pact for pact in PACTS if pact.name.startswith(consumers)]
    return [pytest.param(pact, id=str(pact.relative_to(CONTRACTS))) for pact in mine]


@pytest.fixture(scope="module")
async def providers(
    migrated: dict[str, str], fresh_database: Callable[..., Awaitable[str]]
) -> AsyncIterator[dict[str, Provider]]:
    """All of them, at work."""
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(
                serving(provider(await fresh_database(like=migrated[name])))
            )
            for name, provider in PROVIDERS.items()
        }


@pytest.mark.parametrize("pact", of("topics", "messages", "web"))
async def test_a_service_keeps_every_pact(pact: Path, providers: dict[str, Provider]) -> None:
    _, _, provider = pact.stem.partition("-")
    await providers[provider].keeps(pact)


@pytest.mark.parametrize("pact", of("web"))
async def test_the_monolith_keeps_the_pacts_of_web(pact: Path, providers: dict[str, Provider]) -> None:
    await providers["monolith"].keeps(pact)
