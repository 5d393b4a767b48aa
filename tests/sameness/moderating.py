"""What moderators and administrators do, and what those meet whom it concerns."""

from forum_client import PASSWORD
from sameness.lockstep import Lockstep


def roles(both: Lockstep) -> None:
    both.join("Root", role="admin")
    both.join("Mod")
    both.join("Max")
    both.patch("/api/users/Mod", "403 forbidden", who="Mod", body={"role": "moderator"})
    both.patch(
        "/api/users/mod", "200", who="Root", body={"role": "moderator"}, keep={"mod.etag": "header etag"}
    )
    both.patch(
        "/api/users/Max", "403 forbidden", who="Mod", body={"state": "banned"} | {"state": "suspended"}
    )
    both.log_in("Mod")
    both.get("/api/users/Max", who="Mod")
    both.get("/api/users?q=m", who="Mod")
    both.patch("/api/users/Max", "403 forbidden", who="Mod", body={"role": "moderator"})
    both.patch("/api/users/Root", "403 forbidden", who="Mod", body={"state": "suspended"})
    both.patch("/api/users/Root", "403 forbidden", who="Root", body={"role": "member"})
    both.delete("/api/users/me", "403 forbidden", who="Root", body={"password": PASSWORD})
    both.patch("/api/users/nobody", "404 user_not_found", who="Root", body={"role": "member"})
    for change in ({"role": "king"}, {"state": "deleted"}, {"role": None}, {"bio": "x"}, {"role": 1}):
        both.patch("/api/users/Max", "422 invalid", who="Root", body=change)
    both.patch("/api/users/Mod", "200", who="Root", body={"role": "moderator"})
    both.patch("/api/users/Mod", "200", who="Root", body={})
    stale = {"If-Match": '"0-00000000000000000000"'}
    both.patch(
        "/api/users/Mod", "412 precondition_failed", who="Root", body={"role": "member"}, headers=stale
    )


def suspending(both: Lockstep) -> None:
    both.join("Cain", role="admin")
    both.join("Abel")
    both.start_topic("field", "Abel")
    both.reply("voice", "field", "Abel")
    both.patch("/api/users/Abel", "200", who="Cain", body={"state": "suspended"})
    both.get("/api/users/abel")
    both.get("/api/users/me", who="Abel")
    both.get("/api/sessions", who="Abel")
    both.post("/api/sessions", "403 suspended", body={"username": "Abel", "password": PASSWORD})
    both.post("/api/sessions/refresh", "403 suspended", body={"refresh_token": "{Abel.refresh}"})
    both.patch("/api/users/me", "403 suspended", who="Abel", body={"bio": "x"})
    change = {"current": PASSWORD, "new": "another long one"}
    both.post("/api/users/me/password", "403 suspended", who="Abel", body=change)
    both.delete("/api/users/me", "403 suspended", who="Abel", body={"password": PASSWORD})
    both.delete("/api/sessions/current", "403 suspended", who="Abel")
    both.get("/api/sessions", who="Abel", keep={"abel.session": "items.0.id"})
    both.delete("/api/sessions/{abel.session}", "403 suspended", who="Abel")
    both.patch("/api/users/Cain", "403 suspended", who="Abel", body={"state": "suspended"})
    stale = {"If-Match": '"0-x"'}  # so that nothing is written before the suspension has arrived
    for path in ("/api/topics/{field}", "/api/messages/{voice}"):
        both.patch(path, "403 suspended", who="Abel", body={"body": "x"}, headers=stale)
        both.delete(path, "403 suspended", who="Abel")
    both.post("/api/topics", "403 suspended", who="Abel", body={"title": "x", "body": "x"})
    both.post("/api/topics/{field}/messages", "403 suspended", who="Abel", body={"body": "x"})
    both.get("/api/topics/{field}")
    both.get("/api/topics/{field}/messages")
    both.patch("/api/users/abel", "200", who="Cain", body={"state": "active"})
    both.log_in("Abel")
    both.patch("/api/topics/{field}", "412 precondition_failed", who="Abel", body={}, headers=stale)
    both.patch("/api/topics/{field}", "200", who="Abel", body={"title": "Back"})


def others_texts(both: Lockstep) -> None:
    both.join("Judge", role="admin")
    both.join("Carl")
    both.join("Dora")
    both.start_topic("case", "Carl")
    both.reply("plea", "case", "Carl")
    both.patch("/api/topics/{case}", "403 forbidden", who="Dora", body={"title": "x"})
    both.patch("/api/topics/{case}", "403 forbidden", who="Carl", body={"pinned": True})
    both.patch("/api/topics/{case}", "403 forbidden", who="Carl", body={"title": "x", "locked": False})
    both.delete("/api/topics/{case}", "403 forbidden", who="Dora")
    both.patch("/api/messages/{plea}", "403 forbidden", who="Dora", body={"body": "x"})
    both.patch("/api/messages/{plea}", "403 forbidden", who="Judge", body={"body": "x"})
    both.delete("/api/messages/{plea}", "403 forbidden", who="Dora")
    both.get("/api/topics/{case}", keep={"case.etag": "header etag"})
    both.patch("/api/topics/{case}", "200", who="Judge", body={"pinned": True, "locked": True})
    both.get("/api/topics?author=carl")
    for who in ("Carl", "Judge"):
        both.post("/api/topics/{case}/messages", "409 topic_locked", who=who, body={"body": "x"})
    both.patch("/api/messages/{plea}", "200", who="Carl", body={"body": "Edited though locked."})
    both.patch("/api/topics/{case}", "200", who="Carl", body={"tags": ["closed"]})
    both.patch("/api/topics/{case}", "200", who="Judge", body={"locked": False, "pinned": False})
    both.reply("again", "case", "Carl")
    both.delete("/api/messages/{again}", "204", who="Judge")
    both.get("/api/topics/{case}")
    both.delete("/api/topics/{case}", "204", who="Judge")
    both.get("/api/messages/{plea}", "404 message_not_found")
    both.get("/api/topics/{case}", "404 topic_not_found")


CHAPTERS = [roles, suspending, others_texts]
