"""The file of shares is read again when it is another one, and never believed when it is wrong."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from router.following import SharesFile
from router.shares import ProxyShares, Shares


def test_a_file_is_read_when_it_has_changed_and_not_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shares.json"
    file = SharesFile(path)
    assert not file.look()
    ProxyShares(path).set("users", 10)
    assert [file.look(), file.look()] == [True, False]
    assert file.shares == Shares({"users": 10})
    path.unlink()
    assert [file.look(), file.look()] == [True, False]
    assert file.shares == Shares()
    assert capsys.readouterr().err == (
        "router: shares: users 10 %, topics 0 %, messages 0 %, web 0 %\n"
        "router: shares: users 0 %, topics 0 %, messages 0 %, web 0 %\n"
    )


def test_another_file_of_the_same_age_and_size_is_another_file(tmp_path: Path) -> None:
    path = tmp_path / "shares.json"
    file = SharesFile(path)
    for percent in (10, 20):
        ProxyShares(path).set("users", percent)
        os.utime(path, (1, 1))
        assert file.look()
        assert file.shares.of("users") == percent


def test_a_wrong_file_is_told_once_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shares.json"
    file = SharesFile(path)
    path.write_text('{"users": 200}')
    assert [file.look(), file.look()] == [False, False]
    assert file.shares == Shares()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "the share of users is 200" in said
    assert "the shares stay as they are: users 0 %" in said


def test_without_a_file_to_follow_the_monolith_has_all() -> None:
    file = SharesFile(None)
    assert not file.look()
    assert file.shares == Shares()


def test_shares_are_followed_when_nobody_reads_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shares.json"
    file = SharesFile(path)
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", buffering=1) as nobody:
        monkeypatch.setattr("sys.stderr", nobody)
        ProxyShares(path).set("users", 10)
        assert file.look()
        path.write_text("[]")
        assert not file.look()
        monkeypatch.undo()
        with suppress(OSError):
            nobody.close()
    assert file.shares == Shares({"users": 10})
