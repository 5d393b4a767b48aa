"""Full-text search over titles and bodies."""

import pytest
from topics_alone import Person, Service, accepted, refused

from topics import reading


async def found(service: Service, q: str, **params: str | int) -> list[str]:
    return [row["title"] for row in await service.rows(q=q, **params)]


async def test_title_and_body_are_searched_and_a_hit_in_the_title_is_better(
    service: Service, ada: Person
) -> None:
    await ada.starts_topic(title="gaskets", body="about something")
    await ada.starts_topic(title="leaks", body="when gaskets wear out, new gaskets help")
    await ada.starts_topic(title="elsewhere", body="nothing of that")
    assert await found(service, "GASKETS") == ["gaskets", "leaks"]
    assert await found(service, "gaskets -wear") == ["gaskets"]
    assert await found(service, '"new gaskets"') == ["leaks"]
    assert await found(service, "wear or elsewhere") == ["elsewhere", "leaks"]


async def test_search_follows_edits_and_deletions(service: Service, ada: Person) -> None:
    topic = await ada.starts_topic(title="edited", body="zymurgy")
    assert await found(service, "zymurgy") == ["edited"]
    await ada.edits(topic, body="brewing")
    assert (await found(service, "zymurgy"), await found(service, "brewing")) == ([], ["edited"])
    await ada.deletes(topic)
    assert await found(service, "brewing") == []


async def test_an_empty_search_is_none(service: Service, ada: Person) -> None:
    await ada.starts_topic(tags=["empty"])
    for q in ("", " \t"):
        assert len(await found(service, q, tag="empty")) == 1


@pytest.mark.parametrize(
    "q",
    ["'", '"', "a & | !b", "((((", "-", "!!", "\\", ":*", "a:b:c", "<->", "or", "é" * 500, "%", "$1", "😀"],
)
async def test_any_text_may_be_searched_for(service: Service, q: str) -> None:
    accepted(await service.get("/api/topics", q=q))


async def test_sort_is_checked_with_a_search_and_changes_nothing(service: Service, ada: Person) -> None:
    for title in ("quux", "quux quux"):
        await ada.starts_topic(title=title)
    assert await found(service, "quux", sort="new") == await found(service, "quux", sort="top")
    refused(await service.get("/api/topics", q="quux", sort="best"), 422, field="sort")


async def test_only_the_newest_hits_are_ranked_of_those_that_the_filters_leave(
    service: Service, ada: Person
) -> None:
    await service.query(
        """INSERT INTO topics.topics
               (id, author_id, title, body, html, render_version, tags, created_at, last_activity_at)
           SELECT CAST('ffffffff-0000-7000-8000-' || lpad(n::text, 12, '0') AS uuid), gen_random_uuid(),
               'many ' || n, 'x', 'x', 1, CASE WHEN n = 1 THEN '{oldest}' ELSE '{}' END::text[], now(), now()
           FROM generate_series(1, $1::int) AS n""",
        reading.MOST_RANKED + 1,
    )
    assert len(await found(service, "many", limit=100)) == reading.MOST_RANKED
    assert await found(service, "many", tag="oldest") == ["many 1"]


@pytest.mark.parametrize(
    "body",
    [
        " ".join(f"{n:x}" for n in range(200_000)),
        "-".join(f"{n:x}" for n in range(200_000)),
        " ".join(f"a{n:x}-b{n:x}" for n in range(100_000)),
        " ".join(f"{n}.de/{n}" for n in range(100_000)),
        " ".join(chr(0x10330 + n % 27) + chr(0x20000 + n) for n in range(40_000)),
        "x" * 1_000_000,
        "é " * 500_000,
    ],
    ids=["words", "one compound", "compounds", "addresses", "rare letters", "one word", "one letter"],
)
async def test_no_text_is_too_long_to_be_stored(service: Service, body: str) -> None:
    (row,) = await service.query(
        """INSERT INTO topics.topics
               (id, author_id, title, body, html, render_version, tags, created_at, last_activity_at)
           VALUES (gen_random_uuid(), gen_random_uuid(), $1, $1, 'x', 1, '{}', now(), now()) RETURNING id""",
        body,
    )
    (indexed,) = await service.query(
        "SELECT pg_column_size(document::text) AS size FROM topics.search WHERE topic_id = $1", row["id"]
    )
    assert indexed["size"]
