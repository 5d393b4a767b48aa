"""Collections of hostile input that others made, where this machine has them."""

import json
from pathlib import Path

import pytest
from forum_client import Forum, Json, Person, accepted, refused

NASTY = Path(__file__).parents[3] / "shared/data/nasty"
JSON_TYPE = {"Content-Type": "application/json"}
pytestmark = pytest.mark.skipif(not NASTY.exists(), reason="the collections are not on this machine")


def test_every_body_of_the_json_test_suite(ada: Person) -> None:
    allowed = {"y": {422}, "n": {400}, "i": {400, 422}}
    wrong = {}
    for file in sorted((NASTY / "json/JSONTestSuite/test_parsing").glob("*.json")):
        answer = ada.request("POST", "/api/topics", content=file.read_bytes(), headers=JSON_TYPE)
        if answer.status_code not in allowed[file.name[0]]:
            wrong[file.name] = answer.status_code
    assert not wrong


def test_naughty_strings_are_kept_as_sent_or_refused(forum: Forum, ada: Person, topic: Json) -> None:
    path = f"/api/topics/{topic['id']}"
    kept = []
    for string in json.loads((NASTY / "strings/blns/blns.json").read_text()):
        answer = ada.request("POST", f"{path}/messages", json={"body": string})
        if answer.status_code == 201:
            kept.append(string)
        else:
            refused(answer, 422)
        answer = ada.request("PATCH", path, json={"title": string})
        if answer.status_code == 200:
            assert forum.topic(topic)["title"] == string
        else:
            refused(answer, 422)
        accepted(forum.get("/api/messages", q=string, limit=1)) if "\x00" not in string else None
    assert len(kept) > 500
    assert [message["body"] for message in forum.reads(topic)] == kept
