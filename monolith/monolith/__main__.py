"""`python -m monolith serve | migrate | restored`."""

from pathlib import Path

import messages.main
import topics.main
import users.main
from chassis.program import Program
from monolith.main import create_app
from monolith.settings import Settings

HERE = Path(__file__).parent
SERVICES = (users.main, topics.main, messages.main)

if __name__ == "__main__":
    Program(
        name="monolith",
        description="The forum as one application.",
        settings=Settings,
        create_app=create_app,
        histories=[service.HISTORY for service in SERVICES],
        feeds=[feed for service in SERVICES for feed in service.FEEDS],
        unseam=HERE / "unseam.sql",
        seam=HERE / "seam.sql",
    ).run()
