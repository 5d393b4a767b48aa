"""A move refuses when it should, says why and what to do, and has changed nothing."""

from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from two_sides import NEW, OpenAll, OpenSides, copied, differences, states, writing, wrong

from forum.cutover import checks, copying, moves, turn
from forum.cutover.checksums import compare
from forum.cutover.replication import Stream
from forum.cutover.routing import Routers
from forum.cutover.sides import Pair, Place, Side, connected, pairs
from forum.cutover.status import stage
from forum.doctor import Findings
from forum.errors import Refused
from forum.hosting.embedded import Server, running
from forum.moving.progress import bars


def quiet(_: str) -> None:
    """Nobody listens."""


async def somebody(side: Side) -> str:
    """A new account; its id."""
    account = uuid4()
    await side.connection.execute(NEW["users"], account, account.hex)
    return str(account)


async def found_before_turn(all_pairs: dict[str, Pair], service: str) -> str:
    """What stands in the way of a shift."""
    findings, pair = Findings(), all_pairs[service]
    await checks.before_turn(findings, all_pairs, pair, pair.monolith)
    return wrong(findings)


async def test_a_service_that_somebody_has_used_is_not_copied_to(sides: OpenSides) -> None:
    async with sides("users") as pair:
        await somebody(pair.own)
        with pytest.raises(Refused, match=r"not empty \(users.users has rows\): copy to one that nobody has"):
            await copied(pair)
        assert await states(pair) == ("here", "here")
        assert await pair.own.connection.fetchval("SELECT count(*) FROM users.users") == 1


async def test_a_key_that_the_service_made_itself_makes_room(sides: OpenSides) -> None:
    key = "INSERT INTO users.keys (kid, jwk, signs_from) VALUES ($1, '{}', now())"
    async with sides("users") as pair:
        await pair.monolith.connection.execute(key, "of all")
        await pair.own.connection.execute(key, "its own")
        assert await copied(pair) == 1
        assert await pair.own.connection.fetch("SELECT kid FROM users.keys") == [("of all",)]


async def test_schemas_of_two_releases_do_not_move(all_sides: OpenAll) -> None:
    async with all_sides() as all_pairs:
        pair = all_pairs["users"]
        await pair.own.connection.execute("UPDATE users.alembic_version SET version_num = '0001'")
        with (
            pytest.raises(Refused, match="schema users of the service is at 0001, the command at") as refusal,
            bars() as shown,
        ):
            await moves.copy(pair, shown, quiet)
        assert "run: python -m users migrate" in str(refusal.value)
        assert await states(pair) == ("here", "here")


async def test_a_server_without_room_for_replication_is_named(sides: OpenSides) -> None:
    async with sides("users") as pair:
        findings = Findings()
        await checks.check_server(findings, pair, pair.monolith, 1000)
        assert findings.wrong == 2
        assert "max_replication_slots of the monolith's server is " in findings.lines[0]
        assert "Set max_replication_slots = 1000" in findings.lines[0]
        assert "max_wal_senders of the monolith's server is " in findings.lines[1]


async def test_a_server_that_keeps_no_logical_log_is_named(open_folder: Path) -> None:
    server = Server(open_folder / "server-without", throwaway=True)
    server.settings |= {"wal_level": "replica"}
    async with running(server, open_folder / "server-without.log"):
        place = Place("monolith", server.url("postgres"), "http://m")
        async with connected(place) as connection:
            side, findings = Side(place, connection), Findings()
            await checks.check_server(findings, Pair("users", side, side), side, checks.TURNING)
    assert "wal_level of the monolith's server is not logical" in wrong(findings)
    assert "rds.logical_replication = 1" in "\n".join(findings.lines)


async def test_a_disk_without_room_is_named(sides: OpenSides, monkeypatch: pytest.MonkeyPatch) -> None:
    async with sides("users") as pair:
        enough, full = Findings(), Findings()
        await checks.check_disk(enough, pair)
        monkeypatch.setattr(checks, "DISK_FACTOR", 10**12)
        await checks.check_disk(full, pair)
        assert not enough.wrong
        assert "the copy of users takes up to " in wrong(full)


async def test_what_a_service_follows_must_be_copied_before_it_is_shifted(all_sides: OpenAll) -> None:
    async with all_sides() as all_pairs:
        await copied(all_pairs["topics"])
        found = await found_before_turn(all_pairs, "topics")
        assert "topics follows users, which is not copied" in found
        assert "topics follows messages, which is not copied" in found
        for peer in ("users", "messages"):
            await copied(all_pairs[peer])
        assert await found_before_turn(all_pairs, "topics") == ""


async def test_a_service_that_is_not_copied_is_not_shifted(all_sides: OpenAll) -> None:
    async with all_sides() as all_pairs:
        assert "users is not copied" in await found_before_turn(all_pairs, "users")


async def test_feeds_that_are_behind_are_named(all_sides: OpenAll) -> None:
    people = """
        INSERT INTO users.users (id, username, reserved_name, display_name)
        SELECT gen_random_uuid(), n::text, n::text, n::text FROM generate_series(1, 1001) AS n
    """
    async with all_sides() as all_pairs:
        own = all_pairs["users"].own.connection
        await own.execute(people)
        await own.execute("INSERT INTO users.feed_epoch VALUES (gen_random_uuid(), '', '')")
        await copied(all_pairs["messages"])
        found = await found_before_turn(all_pairs, "messages")
        assert "feed messages.authors is 1001 rows behind" in found
        assert "feed topics" not in found


async def test_a_copy_that_is_behind_or_has_lost_the_way_is_named(
    all_sides: OpenAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with all_sides() as all_pairs:
        pair = all_pairs["users"]
        await copied(pair)
        assert await found_before_turn(all_pairs, "users") == ""
        stream = Stream(pair, pair.monolith)
        await stream.stop(10)
        monkeypatch.setattr(checks, "BEHIND_BYTES", 0)
        await somebody(pair.monolith)
        assert "of log behind with users" in await found_before_turn(all_pairs, "users")
        await pair.monolith.connection.fetchval("SELECT pg_drop_replication_slot($1)", stream.slot)
        assert "what the service has not got yet of users is lost" in await found_before_turn(
            all_pairs, "users"
        )


async def test_rows_that_differ_are_named_by_their_keys(sides: OpenSides) -> None:
    async with sides("users") as pair:
        accounts = [await somebody(pair.monolith) for _ in range(3)]
        await copied(pair)
        assert await differences(pair) == []
        async with pair.own.connection.transaction():
            await pair.own.connection.execute("SET LOCAL session_replication_role = replica")
            await pair.own.connection.execute("UPDATE users.users SET bio = 'x' WHERE id = $1", accounts[0])
            await pair.own.connection.execute("DELETE FROM users.users WHERE id = $1", accounts[1])
        named = ", ".join(sorted(accounts[:2]))
        with bars() as shown, pytest.raises(Refused, match=rf"rows of users differ .* \(users: {named}\)"):
            await copying.verify(Stream(pair, pair.monolith), shown)


async def test_chunks_find_what_a_whole_table_finds(sides: OpenSides) -> None:
    async with sides("users") as pair:
        for _ in range(10):
            await somebody(pair.monolith)
        await copied(pair)
        async with pair.own.connection.transaction():
            await pair.own.connection.execute("SET LOCAL session_replication_role = replica")
            await pair.own.connection.execute("UPDATE users.users SET bio = 'x'")
        for size in (1, 3, 5, 10, 11):
            compared, *others = await compare(Stream(pair, pair.monolith), chunk=size)
            assert (compared.rows, len(compared.different)) == (10, 10)
            assert not any(each.different for each in others)


async def test_two_commands_at_once_are_one_too_many(sides: OpenSides) -> None:
    async with sides("users") as pair:
        with pytest.raises(Refused, match="another forum cutover is at work"):
            async with pairs({"users": (pair.monolith.place, pair.own.place)}):
                pass


async def test_a_transaction_that_stays_open_is_named_and_everything_is_as_before(sides: OpenSides) -> None:
    async with sides("users") as pair, writing(pair, writers=1) as writers:
        await copied(pair)
        slow = await asyncpg.connect(
            pair.monolith.place.database, server_settings={"application_name": "slow import"}
        )
        async with slow.transaction():
            await slow.execute("DELETE FROM users.login_attempts")
            with pytest.raises(Refused, match=r"a transaction of slow import \(pid \d+\) has been open for"):
                await turn.turn(pair, pair.monolith, quiet, seconds=0.5)
            assert await states(pair) == ("here", "elsewhere")
            await writers.go_on()
        await slow.close()
        assert not await Stream(pair, pair.own).exists()
        assert await differences(pair) == []
        assert await turn.turn(pair, pair.monolith, quiet) is not None


async def lights_out(_: Stream) -> None:
    raise OSError("the lights went out")


async def test_finishing_comes_last_and_is_for_good(
    all_sides: OpenAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with all_sides() as all_pairs:
        for pair in all_pairs.values():
            await copied(pair)
        for pair in all_pairs.values():
            with pytest.raises(Refused, match=f"{pair.service} is not shifted: forum cutover shift"):
                await moves.finish(all_pairs, quiet)
            await turn.turn(pair, pair.monolith, quiet)
        with monkeypatch.context() as patched:
            patched.setattr(Stream, "drop", lights_out)
            with pytest.raises(OSError, match="the lights went out"):
                await moves.finish(all_pairs, quiet)
        for pair in all_pairs.values():
            assert await stage(pair) == ("moved for good, but not cleared away", "forum cutover finish")
            with bars() as shown, pytest.raises(Refused, match="there is no way back"):
                await moves.roll_back(pair, Routers(), shown, quiet)
        await moves.finish(all_pairs, quiet)
        await moves.finish(all_pairs, quiet)
        for pair in all_pairs.values():
            assert await states(pair) == ("elsewhere", "here")
            assert await stage(pair) == ("moved for good", "nothing")
        slots = "SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'cutover%'"
        assert await all_pairs["users"].own.connection.fetch(slots) == []


async def test_a_copy_that_is_removed_can_be_made_again(sides: OpenSides) -> None:
    async with sides("topics") as pair:
        topic = uuid4()
        await pair.monolith.connection.execute(NEW["topics"], topic, "Trees")
        for _ in range(2):
            await copied(pair)
            assert await pair.own.connection.fetchval("SELECT topics FROM topics.tags") == 1
            with bars() as shown:
                await moves.roll_back(pair, Routers(), shown, quiet)
            assert await pair.own.connection.fetchval("SELECT count(*) FROM topics.topics") == 0
            assert await states(pair) == ("here", "elsewhere")


async def test_before_a_copy_there_is_nothing_to_shift_read_or_take_back(all_sides: OpenAll) -> None:
    async with all_sides() as all_pairs:
        pair = all_pairs["users"]
        for side in (pair.monolith, pair.own):
            await somebody(side)
        with bars() as shown:
            with pytest.raises(Refused, match="users is not copied"):
                await moves.shift(all_pairs, pair, Routers(), shown, quiet)
            with pytest.raises(Refused, match="users has no copy that follows"):
                await moves.read_there(all_pairs, pair, 0, Routers(), shown, quiet)
            with pytest.raises(Refused, match="users is not copied: there is nothing to take back"):
                await moves.roll_back(pair, Routers(), shown, quiet)
        assert await states(pair) == ("here", "here")
        for side in (pair.monolith, pair.own):
            assert await side.connection.fetchval("SELECT count(*) FROM users.users") == 1
