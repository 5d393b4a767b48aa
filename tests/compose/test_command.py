"""The forum command under Compose reaches the databases of either deployment."""

import os
from pathlib import Path

import pytest
from forum_client import Forum, unique

from compose.project import ROUTERS, Project

pytestmark = pytest.mark.requires("docker")

MAIL = """\
From somebody Thu Jan  1 00:00:00 2004
From: Ada <{name}@example.org>
Date: Thu, 1 Jan 2004 10:00:00 +0000
Subject: {name}
Message-ID: <1.{name}@example.org>

Is anybody there?

From somebody Thu Jan  1 00:00:00 2004
From: Bob <bob-{name}@example.org>
Date: Thu, 1 Jan 2004 11:00:00 +0000
Subject: Re: {name}
Message-ID: <2.{name}@example.org>
In-Reply-To: <1.{name}@example.org>

I am.
"""


@pytest.fixture(params=ROUTERS)
def topology(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The deployment that the command is for."""
    monkeypatch.setenv("TOPOLOGY", request.param)
    return str(request.param)


def test_mail_is_imported(project: Project, forums: dict[str, Forum], topology: str, tmp_path: Path) -> None:
    name = unique("mail")
    (tmp_path / "mail.mbox").write_text(MAIL.format(name=name))
    os.chmod(tmp_path, 0o755)  # noqa: S103  the container's user reads it
    for _ in range(2):
        project.compose(
            "run", "--rm", "-T", "-v", f"{tmp_path}:/here:ro", "forum", "import", "/here/mail.mbox"
        )
    topics = forums[topology].get("/api/topics", sort="new", limit=100).json()["items"]
    assert [topic["message_count"] for topic in topics if topic["title"] == name] == [1]


def test_the_doctor_finds_everything_in_order(
    project: Project, forums: dict[str, Forum], topology: str
) -> None:
    said = project.compose("run", "--rm", "-T", "forum", "doctor")
    assert f"The {topology} forum" in said
    assert f"http://{topology}-router:8080/ answers" in said
    assert "Everything is in order." in said
