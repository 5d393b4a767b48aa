"""`python -m web serve`."""

import argparse

from chassis.serve import serve
from web.main import create_app
from web.settings import Settings


def main() -> None:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m web", description="The web front end of a forum.")
    parser.add_argument("command", choices=["serve"], help="serve: answer on HOST:PORT until SIGTERM")
    parser.parse_args()
    settings = Settings()
    serve("web", create_app(settings), settings)


if __name__ == "__main__":
    main()
