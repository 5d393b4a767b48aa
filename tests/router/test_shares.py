"""Every implementation divides each group's requests between it and the monolith, and obeys
changes at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from implementations import PLACES, need_haproxy, running
from paths import PATHS
from sharing import Cutover, Load, drawn, moved, served_by, targets
from toys import DEADLINE, Asked, Toy, echo, free_port, get, talk

from router.shares import BadShares, HAProxyShares, ProxyShares, RunningRouter

GROUPS = (*PLACES, "monolith")


@pytest.fixture(scope="module")
async def toys() -> AsyncIterator[dict[str, Toy]]:
    started = {name: await Toy(name).start() for name in GROUPS}
    yield started
    for toy in started.values():
        await toy.stop()


@pytest.fixture(scope="module", params=["proxy", "haproxy"])
async def cutover(
    request: pytest.FixtureRequest, toys: dict[str, Toy], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Cutover]:
    """Each implementation in turn, with every group seen to answer."""
    folder = tmp_path_factory.mktemp("shares")
    shares: RunningRouter
    if request.param == "haproxy":
        need_haproxy()
        api = f"ipv4@127.0.0.1:{free_port()}"
        settings, shares = {"RUNTIME_API": api}, HAProxyShares(api)
    else:
        settings, shares = {"SHARES": str(folder / "shares.json")}, ProxyShares(folder / "shares.json")
    async with running(request.param, targets(toys), folder, **settings) as (port, log):
        cutover = Cutover(request.param, port, toys, log, shares)
        for group in PLACES:
            await moved(cutover, group, 100)
        yield cutover


@pytest.fixture
async def fresh(cutover: Cutover) -> Cutover:
    """The same, with everything at the monolith, and services that echo."""
    for group in PLACES:
        await moved(cutover, group, 0)
    for toy in cutover.toys.values():
        toy.answer = None
    return cutover


@pytest.mark.parametrize("kind", ["proxy", "haproxy"])
async def test_the_monolith_has_all_until_somebody_moves_it(
    kind: str, toys: dict[str, Toy], tmp_path: Path
) -> None:
    if kind == "haproxy":
        need_haproxy()
    async with running(kind, targets(toys), tmp_path) as (port, _):
        for path in PLACES.values():
            assert await drawn(port, path, 20) == {"monolith": 20}


@pytest.mark.parametrize("moved_groups", [(), ("users",), ("topics", "web"), tuple(PLACES)], ids="+".join)
async def test_each_path_goes_to_its_place_on_the_side_that_has_it(
    fresh: Cutover, moved_groups: tuple[str, ...]
) -> None:
    for group in moved_groups:
        await moved(fresh, group, 100)
    wrong = []
    for target, place in PATHS:
        answer = await get(fresh.port, target)
        found = answer.shown["name"] if answer.status == 200 else answer.status
        wanted = "monolith" if isinstance(place, str) and place not in moved_groups else place
        if found != wanted:
            wrong.append((target[:60], wanted, found))
    assert not wrong


async def test_a_share_is_kept_by_chance_and_is_the_groups_own(fresh: Cutover) -> None:
    fresh.shares.set("users", 30)
    fresh.shares.set("topics", 100)
    await served_by(fresh.port, "topics", "topics")
    counts = await drawn(fresh.port, "/api/users", 400)
    assert counts.keys() == {"users", "monolith"}
    assert 70 < counts["users"] < 170
    assert await drawn(fresh.port, "/api/topics", 50) == {"topics": 50}
    assert await drawn(fresh.port, "/api/messages", 50) == {"monolith": 50}


async def test_each_path_goes_to_its_place_or_to_the_monolith_with_a_share(fresh: Cutover) -> None:
    for group in PLACES:
        fresh.shares.set(group, 50)
    await served_by(fresh.port, "web", "web")
    found: set[object] = set()
    for target, place in PATHS:
        answer = await get(fresh.port, target)
        came = answer.shown["name"] if answer.status == 200 else answer.status
        assert came == place or (isinstance(place, str) and came == "monolith"), target[:60]
        found.add(came)
    assert found >= {"users", "web", "monolith"}


def test_what_was_set_can_be_read(fresh: Cutover) -> None:
    fresh.shares.set("users", 100)
    fresh.shares.set("topics", 10)
    fresh.shares.set("topics", 25)
    read = fresh.shares.read()
    assert {group: read.of(group) for group in PLACES} == {
        "users": 100,
        "topics": 25,
        "messages": 0,
        "web": 0,
    }


async def test_a_change_is_obeyed_within_a_second_and_fails_no_request(fresh: Cutover) -> None:
    load = Load(fresh.port)
    async with asyncio.timeout(DEADLINE * 3), asyncio.TaskGroup() as together:
        workers = [together.create_task(load()) for _ in range(4)]
        for percent, places in ((100, {"users"}), (40, {"users", "monolith"}), (0, {"monolith"})):
            fresh.shares.set("users", percent)
            obeyed = asyncio.get_running_loop().time() + 1
            while load.since(obeyed).total() < 100:  # noqa: ASYNC110 - nothing tells when requests are done
                await asyncio.sleep(0.01)
            assert load.since(obeyed).keys() == places
        for worker in workers:
            worker.cancel()
    assert {name for _, name in load.seen} == {"users", "monolith"}


async def test_what_is_in_flight_stays_where_it_is(fresh: Cutover) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(asked: Asked, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not asked.target.endswith("/stream"):
            await echo(asked, "monolith", writer)
            return
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        writer.write(b"7\r\ndata: 1\r\n")
        begun.set()
        await go.wait()
        writer.write(b"7\r\ndata: 2\r\n0\r\n\r\n")
        await writer.drain()

    fresh.toys["monolith"].answer = slow
    sent = b"GET /api/users/stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    streaming = asyncio.create_task(talk(fresh.port, sent))
    async with asyncio.timeout(DEADLINE):
        await begun.wait()
    await moved(fresh, "users", 100)
    go.set()
    received = await streaming
    assert b"data: 1" in received
    assert b"data: 2" in received


async def test_a_wrong_file_is_named_and_the_last_good_one_stays(
    toys: dict[str, Toy], tmp_path: Path
) -> None:
    file = tmp_path / "shares.json"
    ProxyShares(file).set("users", 100)
    async with running("proxy", targets(toys), tmp_path, SHARES=str(file)) as (port, log):
        await served_by(port, "users", "users")
        for text, words in (
            ('{"users": 1', "shares.json says no shares (Expecting"),
            ('{"user": 100}', "there is no group 'user'"),
            ('{"users": 101}', "the share of users is 101"),
        ):
            file.write_text(text)
            async with asyncio.timeout(DEADLINE):
                while words not in log.read_text():  # noqa: ASYNC110 - nothing tells what a log has
                    await asyncio.sleep(0.01)
            assert await drawn(port, "/api/users", 50) == {"users": 50}
            with pytest.raises(BadShares, match=str(file)):
                ProxyShares(file).read()
        file.unlink()
        await served_by(port, "users", "monolith")


async def test_haproxy_starts_again_with_what_its_map_says(toys: dict[str, Toy], tmp_path: Path) -> None:
    need_haproxy()
    file, api = tmp_path / "shares.json", f"ipv4@127.0.0.1:{free_port()}"
    file.write_text('{"users": 100}')
    shares = HAProxyShares(api)
    for _ in range(2):
        async with running("haproxy", targets(toys), tmp_path, SHARES=str(file), RUNTIME_API=api) as (
            port,
            _,
        ):
            await served_by(port, "users", "users")
            await served_by(port, "topics", "monolith")
            assert (shares.read().of("users"), shares.read().of("topics")) == (100, 0)
            shares.set("users", 0)
            shares.set("topics", 100)
            await served_by(port, "users", "monolith")
            await served_by(port, "topics", "topics")
    with pytest.raises(BadShares, match="does not answer"):
        shares.read()


async def test_a_haproxy_without_a_monolith_says_so(toys: dict[str, Toy], tmp_path: Path) -> None:
    need_haproxy()
    api = f"ipv4@127.0.0.1:{free_port()}"
    services = {name: addresses for name, addresses in targets(toys).items() if name != "monolith"}
    async with running("haproxy", services, tmp_path, RUNTIME_API=api):
        with pytest.raises(BadShares, match="render its configuration with monolith"):
            HAProxyShares(api).set("users", 10)
