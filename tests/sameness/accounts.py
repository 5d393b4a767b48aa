"""What people do to accounts and sessions, and what they are refused."""

from typing import Any

from forum_client import PASSWORD
from sameness.lockstep import Lockstep

NEW = "another long one"
NOBODY = "00000000-0000-4000-8000-000000000000"
WRONG_ACCOUNTS: list[dict[str, Any]] = [
    {},
    {"username": "xy", "password": PASSWORD},
    {"username": "with space", "password": PASSWORD},
    {"username": "né-à-ç", "password": PASSWORD},
    {"username": "x" * 31, "password": PASSWORD},
    {"username": "eve", "password": "short"},
    {"username": "eve", "password": "x" * 129},
    {"username": "eve", "password": PASSWORD, "display_name": ""},
    {"username": "eve", "password": PASSWORD, "display_name": "x" * 61},
    {"username": "eve", "password": PASSWORD, "role": "admin"},
    {"username": 7, "password": None},
    {"username": "eve\0", "password": PASSWORD},
]


def registering(both: Lockstep) -> None:
    both.join("Rita", display_name="Rita 🌿 Rose")
    for account in WRONG_ACCOUNTS:
        both.post("/api/users", "422 invalid", body=account)
    for taken in ("Rita", "rITA", "deleted", "Deleted"):
        both.post("/api/users", "409 username_taken", body={"username": taken, "password": PASSWORD})
    again = {"body": {"username": "twice", "password": PASSWORD}, "headers": {"Idempotency-Key": "r1"}}
    both.post("/api/users", "201", **again)
    both.post("/api/users", "201", **again)
    both.post("/api/users", "422 idempotency_key_reused", **again | {"body": {"username": "t"}})
    both.post(
        "/api/users",
        "422 invalid",
        body=WRONG_ACCOUNTS[1] | {"username": "q"},
        headers={"Idempotency-Key": ""},
    )


def profiles(both: Lockstep) -> None:
    both.join("Paul")
    both.get("/api/users/me", who="Paul", keep={"paul.etag": "header etag"})
    both.get("/api/users/me", "304", who="Paul", headers={"If-None-Match": "{paul.etag}"})
    both.get("/api/users/PAUL", keep={"paul.seen": "header etag"})
    both.send("HEAD", "/api/users/paul", "200")
    both.get("/api/users/paul", "304", headers={"If-None-Match": 'W/{paul.seen}, "x"'})
    for strange in ("nobody", "deleted", "x", "%C3%A9", "a%20b", "pau", "%F0%9F%8C%BF"):
        both.get(f"/api/users/{strange}", "404 user_not_found")
    both.patch("/api/users/me", "200", who="Paul", body={"bio": "Likes *tea*\n", "display_name": "P."})
    both.patch(
        "/api/users/me",
        "412 precondition_failed",
        who="Paul",
        body={"bio": "x"},
        headers={"If-Match": "{paul.etag}"},
    )
    both.patch("/api/users/me", "200", who="Paul", body={"bio": ""}, headers={"If-Match": "*"})
    both.patch("/api/users/me", "200", who="Paul", body={})
    for change in ({"bio": None}, {"bio": "x" * 1001}, {"display_name": ""}, {"username": "new"}):
        both.patch("/api/users/me", "422 invalid", who="Paul", body=change)


def finding_people(both: Lockstep) -> None:
    for name in ("find-b", "find-a", "Find-C", "find_d"):
        both.post("/api/users", "201", body={"username": name, "password": PASSWORD})
    both.get("/api/users?q=find", keep={"list.etag": "header etag"})
    both.get("/api/users?q=find", "304", headers={"If-None-Match": "{list.etag}"})
    both.get("/api/users?q=FIND-&limit=2", keep={"people.next": "next"})
    both.get("/api/users?q=FIND-&limit=2&cursor={people.next}")
    both.get("/api/users?q=find_")
    both.get("/api/users?q=%25&unknown=1")
    both.get("/api/users?q=other&cursor={people.next}", "400 bad_cursor")
    for cursor in ("", "x", "%00", "{people.next}x"):
        both.get(f"/api/users?cursor={cursor}", "400 bad_cursor")
    for limit in ("0", "101", "-1", "x", "", "1.5"):
        both.get(f"/api/users?limit={limit}", "422 invalid")
    both.get("/api/users?q=a%00b", "422 invalid")


def passwords(both: Lockstep) -> None:
    both.join("Pia")
    both.log_in("Pia", session="pia.other")
    path = "/api/users/me/password"
    both.post(path, "403 bad_credentials", who="Pia", body={"current": "wrong", "new": NEW})
    both.post(path, "422 invalid", who="Pia", body={"current": PASSWORD, "new": "short"})
    change = {"who": "Pia", "body": {"current": PASSWORD, "new": NEW}, "headers": {"Idempotency-Key": "p1"}}
    both.post(path, "204", **change)
    both.post(path, "204", **change)
    both.post(path, "422 idempotency_key_reused", **change | {"body": {"current": NEW, "new": PASSWORD}})
    both.get("/api/users/me", "401 unauthorized", who="pia.other")
    both.post("/api/sessions/refresh", "401 bad_refresh_token", body={"refresh_token": "{pia.other.refresh}"})
    both.post("/api/sessions", "401 bad_credentials", body={"username": "Pia", "password": PASSWORD})
    both.log_in("Pia", password=NEW)


def leaving(both: Lockstep) -> None:
    both.join("Lea")
    both.start_topic("left", "Lea", tags=["left"])
    both.reply("left.reply", "left", "Lea")
    both.delete("/api/users/me", "403 bad_credentials", who="Lea", body={"password": "wrong"})
    both.delete("/api/users/me", "422 invalid", who="Lea", body={})
    both.delete("/api/users/me", "204", who="Lea", body={"password": PASSWORD})
    both.delete("/api/users/me", "401 unauthorized", who="Lea", body={"password": PASSWORD})
    both.get("/api/users/Lea", "404 user_not_found")
    both.get("/api/users?q=lea")
    both.get("/api/sessions", "401 unauthorized", who="Lea")
    both.post("/api/users", "409 username_taken", body={"username": "LEA", "password": PASSWORD})
    both.post("/api/sessions", "401 bad_credentials", body={"username": "Lea", "password": PASSWORD})
    both.post("/api/sessions/refresh", "401 bad_refresh_token", body={"refresh_token": "{Lea.refresh}"})
    both.get("/api/topics/{left}")
    both.get("/api/topics/{left}/messages")
    both.get("/api/topics?author=Lea")
    both.get("/api/messages?author=lea")
    both.get("/api/topics?author=deleted")
    both.get("/api/messages?author=deleted")
    for path in ("/api/topics/{left}", "/api/messages/{left.reply}"):
        both.delete(path, "401 unauthorized", who="Lea", headers={"If-Match": '"0-x"'})
        both.patch(path, "401 unauthorized", who="Lea", body={"body": "x"})


def sessions(both: Lockstep) -> None:
    both.join("Sue")
    both.log_in("Sue", session="sue.phone")
    both.get("/api/sessions", who="Sue", keep={"phone": "items.0.id", "sue.etag": "header etag"})
    both.get("/api/sessions", "304", who="Sue", headers={"If-None-Match": "{sue.etag}"})
    both.send("HEAD", "/api/sessions", "200", who="Sue")
    for unknown in (NOBODY, "x", "CURRENT"):
        both.delete(f"/api/sessions/{unknown}", "404 session_not_found", who="Sue")
    both.delete("/api/sessions/{phone}", "204", who="Sue")
    both.delete("/api/sessions/{phone}", "404 session_not_found", who="Sue")
    both.get("/api/users/me", "401 unauthorized", who="sue.phone")
    both.get("/api/topics", who="sue.phone")
    renewed = {"sue.token": "access_token", "sue.refresh": "refresh_token"}
    refresh = "/api/sessions/refresh"
    first = {"body": {"refresh_token": "{Sue.refresh}"}, "headers": {"Idempotency-Key": "s1"}}
    both.post(refresh, "200", **first, keep=renewed)
    both.post(refresh, "200", **first)
    other = first | {"body": {"refresh_token": "{sue.refresh}"}}
    both.post(refresh, "422 idempotency_key_reused", **other)
    both.get("/api/sessions", who="sue")
    both.post(refresh, "401 bad_refresh_token", body={"refresh_token": "{Sue.refresh}"})
    both.get("/api/users/me", "401 unauthorized", who="sue")
    both.post(refresh, "401 bad_refresh_token", body={"refresh_token": "{sue.refresh}"})
    both.post(refresh, "401 bad_refresh_token", body={"refresh_token": "x"})
    both.post(refresh, "422 invalid", body={"refresh_token": 1})
    both.log_in("Sue")
    both.delete("/api/sessions/current", "204", who="Sue")
    both.delete("/api/sessions/current", "401 unauthorized", who="Sue")
    both.get("/.well-known/jwks.json", keep={"keys.etag": "header etag"})
    both.get("/.well-known/jwks.json", "304", headers={"If-None-Match": "{keys.etag}"})
    both.send("HEAD", "/.well-known/jwks.json", "200")


def failing_to_log_in(both: Lockstep) -> None:
    both.join("Tom")
    both.post("/api/sessions", "422 invalid", body={"username": "Tom"})
    again = {"body": {"username": "TOM", "password": PASSWORD}, "headers": {"Idempotency-Key": "l1"}}
    both.post("/api/sessions", "201", **again)
    both.post("/api/sessions", "201", **again)
    both.post("/api/sessions", "422 idempotency_key_reused", **again | {"body": {"username": "Tom"}})
    for _ in range(10):
        both.post("/api/sessions", "401 bad_credentials", body={"username": "Tom", "password": "wrong"})
    both.post("/api/sessions", "429 too_many_failures", body={"username": "tom", "password": PASSWORD})
    both.post("/api/sessions", "401 bad_credentials", body={"username": "no one", "password": ""})


CHAPTERS = [registering, profiles, finding_people, passwords, leaving, sessions, failing_to_log_in]
