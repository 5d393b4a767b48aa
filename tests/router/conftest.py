from collections.abc import AsyncIterator

import pytest
from implementations import Router, need_haproxy, running
from toys import Toy

GROUPS = ("users", "topics", "messages", "web")


@pytest.fixture(scope="module", params=["proxy", "haproxy"])
async def router(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Router]:
    """Each implementation in turn, with the packaged rules."""
    if request.param == "haproxy":
        need_haproxy()
    toys = {name: await Toy(name).start() for name in GROUPS}
    targets = {name: [f"127.0.0.1:{toy.port}"] for name, toy in toys.items()}
    async with running(request.param, targets, tmp_path_factory.mktemp("router")) as (port, log):
        yield Router(request.param, port, toys, log)
    for toy in toys.values():
        await toy.stop()


@pytest.fixture
def fresh(router: Router) -> Router:
    """The same, with services that echo and have been asked nothing."""
    for toy in router.toys.values():
        toy.asked.clear()
        toy.answer = None
    return router
