"""`python -m topics serve | migrate | restored`."""

from pathlib import Path

from chassis.program import Program
from topics.main import FEEDS, HISTORY, create_app
from topics.settings import Settings

if __name__ == "__main__":
    Program(
        name="topics",
        description="The topics service.",
        settings=Settings,
        create_app=create_app,
        histories=[HISTORY],
        feeds=FEEDS,
        seam=Path(__file__).parent / "seam.sql",
    ).run()
