"""The pacts that are kept say what the consumers' tests hold them to."""

from pacts.kept import CONTRACTS, texts


def test_the_pacts_are_those_that_the_consumers_are_tested_with() -> None:
    kept = {file.name: file.read_text() for file in (CONTRACTS / "pacts").iterdir()}
    assert kept == texts(), "make pacts writes them anew"
