"""`python -m messages serve | migrate | restored`."""

from pathlib import Path

from chassis.program import Program
from messages.main import FEEDS, HISTORY, create_app
from messages.settings import Settings

if __name__ == "__main__":
    Program(
        name="messages",
        description="The messages service.",
        settings=Settings,
        create_app=create_app,
        histories=[HISTORY],
        feeds=FEEDS,
        seam=Path(__file__).parent / "seam.sql",
    ).run()
