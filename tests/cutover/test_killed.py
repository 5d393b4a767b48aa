"""Something is killed in the middle of a move, whatever and whenever: who goes on, or back, loses nothing."""

import logging
import time
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from cutover.commanded import SERVICES, Commanded
from forum_client import Forum, eventually, unique
from forum_client.load import Load
from supervised import Supervised

log = logging.getLogger(__name__)

VICTIMS = ["command", "monolith", "service", "router", "PostgreSQL", "supervisor"]
LONGEST_MOVE = 4.0  # seconds: within these of its beginning something is killed


def test_a_move_in_which_something_is_killed_goes_on_or_back_and_nothing_is_lost(
    open_folder: Path, request: pytest.FixtureRequest
) -> None:
    random = Random(request.config.getoption("--seed"))  # noqa: S311
    folder = open_folder / "killed"
    folder.mkdir(mode=0o711)
    with Supervised("monolith", folder) as running, closing(Forum(running.url)) as forum:
        moved = Commanded(running)
        people = [forum.register("writer") for _ in range(2)]
        topics = [people[0].starts_topic() for _ in range(3)]
        with Load(forum, people, topics, unique("t")) as load:
            for service in SERVICES:
                moved.does("copy", service)
            for kill in range(request.config.getoption("--kills")):
                if kill % len(VICTIMS) == 0:
                    victims = random.sample(VICTIMS, len(VICTIMS))
                move_and_kill(moved, victims.pop(), random)
                await_writes(load)
        load.send_again()
        load.check()
        for service in SERVICES:
            moved.does("plan")
            assert moved.stage(service) in ("with the service", "with the monolith, copied to the service")


def move_and_kill(moved: Commanded, victim: str, random: Random) -> None:
    """Begins a move, kills, and ends it on one side or the other."""
    service = random.choice(SERVICES)
    command = "rollback" if moved.stage(service) == "with the service" else "shift"
    process = moved.begin(command, service)
    moment = random.uniform(0, LONGEST_MOVE)
    time.sleep(moment)
    if victim == "command":
        process.kill()
    else:
        moved.forum.kill(service if victim == "service" else victim)
    said, _ = process.communicate()
    wanted = random.choice(["with the service", "with the monolith, copied to the service"])
    log.info("%s %s: %s killed after %.1f s; to be %s", command, service, victim, moment, wanted)
    log.info("%s", said)

    def ended() -> None:
        stage = moved.stage(service)
        if stage != wanted:
            moved.does("shift" if wanted == "with the service" else "rollback", service)
        assert moved.stage(service) == wanted

    eventually(ended, within=90)


def await_writes(load: Load) -> None:
    """People are answered again."""
    enough = load.acknowledged + 10

    def reached() -> None:
        assert not load.errors, load.errors
        assert load.acknowledged >= enough

    eventually(reached, within=60)
