"""The pacts in contracts/pacts, one file for each consumer and provider. `make pacts` writes them anew."""

import json
from itertools import groupby
from pathlib import Path

from pacts.exchange import Exchange, written
from pacts.expectations import EXCHANGES

CONTRACTS = Path(__file__).parents[2] / "contracts"


def parties(exchange: Exchange) -> tuple[str, str]:
    """Who asks whom."""
    return exchange.consumer, exchange.provider


def texts() -> dict[str, str]:
    """What every file should say, by its name."""
    return {
        f"{consumer}-{provider}.json": json.dumps(written(list(exchanges)), indent=2, sort_keys=True) + "\n"
        for (consumer, provider), exchanges in groupby(sorted(EXCHANGES, key=parties), parties)
    }


if __name__ == "__main__":
    for old in (CONTRACTS / "pacts").iterdir():
        old.unlink()
    for name, text in texts().items():
        (CONTRACTS / "pacts" / name).write_text(text)
