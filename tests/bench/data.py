"""The data of the benchmark: 1,000 people, 50 groups, 10,000 threads, 100,000 comments, and a full inbox."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.access.membership import company_spaces, follow_group
from portal.access.models import Group, GroupMember, Person, Space
from portal.accounts.models import SignInSession
from portal.core.clock import now
from portal.core.ids import digest, new_id, new_secret, seed
from portal.inbox.models import Case
from portal.listening.models import Author, Contact, Mention, Source, Story
from portal.posts.models import Comment, Post, PostSeen
from portal.routing.models import Route
from portal.search.models import SearchDocument
from portal.search.queries import KINDS, first_number

PEOPLE = 1_000
GROUPS = 50
THREADS = 10_000
COMMENTS = 100_000
CASES = 2_000
GROUPS_OF_THE_VIEWER = 8
COMMON_WORD = "filter"
TALK = (
    "pump filter valve order parcel invoice engine update answer question tomorrow customer delivery pallet rain "
    "harbour service returned replaced checked asked agreed waiting spare part seal pressure reading normal high low "
    "after before second third week spring winter plan note photo colleague visit call sent arrived late early"
)
WORDS = TALK.split()


@dataclass(frozen=True)
class Made:
    """What the requests need to know."""

    cookie: str
    space_id: str
    post_id: str
    department_id: str


def fill(session: Session) -> Made:
    """Fill a fresh database. The same numbers each time; only the sign-in is secret."""
    seed(7)
    chance = random.Random(7)
    people = _people(session)
    viewer = people[0]
    groups = _groups(session, people, chance)
    threads = _threads(session, groups, people, chance)
    busiest = groups[0][1]
    post_id = next(thread["id"] for thread in reversed(threads) if thread["space_id"] == busiest)
    _comments(session, threads, post_id, people, chance)
    _mark_some_as_seen(session, viewer, threads)
    department_id = _inbox(session, people, chance)
    seed(None)
    secret = new_secret()
    session.add(
        SignInSession(token=digest(secret), person_id=viewer, expires_at=now() + timedelta(days=1), browser="bench")
    )
    return Made(cookie=secret, space_id=busiest, post_id=post_id, department_id=department_id)


def _people(session: Session) -> list[str]:
    rows = [
        {
            "id": new_id(),
            "kind": "employee",
            "name": f"Person {number:04d}",
            "email": f"person{number:04d}@example.com",
            "title": "Technician",
            "timezone": "UTC",
        }
        for number in range(PEOPLE)
    ]
    session.execute(insert(Person), rows)
    return [str(row["id"]) for row in rows]


def _groups(session: Session, people: list[str], chance: random.Random) -> list[tuple[str, str]]:
    """Groups of about 40 members each, as (group id, team space id). The viewer is in the first few."""
    made = []
    for number in range(GROUPS):
        group = Group(name=f"Group {number:02d}", purpose="Measured work", joining="request")
        session.add(group)
        session.flush()
        team = Space(group_id=group.id, kind="team", audience="internal", name="Team")
        session.add(team)
        members = chance.sample(people[1:], 40)
        if number < GROUPS_OF_THE_VIEWER:
            members.append(people[0])
        session.execute(
            insert(GroupMember), [{"group_id": group.id, "person_id": each, "role": "lead"} for each in members]
        )
        follow_group(session, group.id)
        made.append((group.id, team.id))
    return made


def _threads(
    session: Session, groups: list[tuple[str, str]], people: list[str], chance: random.Random
) -> list[dict[str, Any]]:
    start = now() - timedelta(days=300)
    rows: list[dict[str, Any]] = []
    for number in range(THREADS):
        at = start + timedelta(minutes=43 * number)
        body = _sentence(chance, 40)
        question = number % 3 == 0
        rows.append(
            {
                "id": new_id(),
                "space_id": groups[number % GROUPS][1],
                "author_id": chance.choice(people),
                "kind": "question" if question else "update",
                "status": "open" if question else "",
                "title": _sentence(chance, 6),
                "body": body,
                "html": f"<p>{body}</p>",
                "comment_count": 0,
                "created_at": at,
                "active_at": at,
                "last_author_id": chance.choice(people),
            }
        )
    _insert(session, Post, rows)
    _insert(session, SearchDocument, (_found("post", row, row["id"]) for row in rows))
    return rows


def _comments(
    session: Session, threads: list[dict[str, Any]], full_thread: str, people: list[str], chance: random.Random
) -> None:
    rows = []
    target = next(thread for thread in threads if thread["id"] == full_thread)
    per_thread = COMMENTS // THREADS
    for thread in threads:
        for number in range(20 if thread is target else per_thread):
            body = _sentence(chance, 30)
            rows.append(
                {
                    "id": new_id(),
                    "space_id": thread["space_id"],
                    "post_id": thread["id"],
                    "author_id": chance.choice(people),
                    "body": body,
                    "html": f"<p>{body}</p>",
                    "created_at": thread["created_at"] + timedelta(minutes=number),
                }
            )
    _insert(session, Comment, rows)
    _insert(session, SearchDocument, (_found("comment", row, row["post_id"]) for row in rows))
    for thread in threads:
        thread["comment_count"] = 20 if thread is target else per_thread
    session.execute(
        Post.__table__.update().values(comment_count=per_thread)  # type: ignore[attr-defined]
    )
    session.execute(
        Post.__table__.update().where(Post.id == full_thread).values(comment_count=20)  # type: ignore[attr-defined]
    )


def _found(kind: str, row: dict[str, Any], post_id: str) -> dict[str, Any]:
    return {
        "number": first_number(row["created_at"]) + KINDS.index(kind),
        "space_id": row["space_id"],
        "kind": kind,
        "target_id": row["id"],
        "post_id": post_id,
        "title": row.get("title", ""),
        "body": row["body"],
        "at": row["created_at"],
    }


def _mark_some_as_seen(session: Session, viewer: str, threads: list[dict[str, Any]]) -> None:
    rows = [{"person_id": viewer, "post_id": thread["id"], "seen_at": now()} for thread in threads[::2]]
    _insert(session, PostSeen, rows)


def _inbox(session: Session, people: list[str], chance: random.Random) -> str:
    group = Group(name="Service", purpose="Answer those who need us", joining="invite", department="service")
    session.add(group)
    session.flush()
    session.add(Space(group_id=group.id, kind="team", audience="internal", name="Team"))
    inbox = Space(group_id=group.id, kind="inbox", audience="internal", name="Inbox")
    session.add(inbox)
    session.execute(
        insert(GroupMember),
        [{"group_id": group.id, "person_id": each, "role": "lead", "inbox_right": True} for each in people[:20]],
    )
    follow_group(session, group.id)
    listening = company_spaces(session)["listening"]
    source = Source(space_id=listening.id, name="Reviews", kind="feed", health="good")
    session.add(source)
    session.flush()
    _cases(session, group.id, inbox.id, listening.id, source.id, people, chance)
    return group.id


def _cases(
    session: Session,
    department_id: str,
    inbox_id: str,
    listening_id: str,
    source_id: str,
    people: list[str],
    chance: random.Random,
) -> None:
    contacts, authors, stories, mentions, routes, cases = [], [], [], [], [], []
    for number in range(CASES):
        at = now() - timedelta(minutes=17 * number)
        contact_id, author_id, story_id = new_id(), new_id(), new_id()
        state = ("new", "claimed", "resolved")[number % 3]
        contacts.append({"id": contact_id, "name": f"Voice {number}"})
        authors.append({"id": author_id, "place": "reviews", "handle": f"voice{number}", "contact_id": contact_id})
        stories.append({"id": story_id, "space_id": listening_id, "said_by": 1, "heard_at": at})
        mentions.append(
            {
                "id": new_id(),
                "space_id": listening_id,
                "source_id": source_id,
                "external_id": str(number),
                "author_id": author_id,
                "story_id": story_id,
                "text": _sentence(chance, 25),
                "language": "en",
                "said_at": at,
                "heard_at": at,
            }
        )
        routes.append(
            {
                "id": new_id(),
                "space_id": listening_id,
                "story_id": story_id,
                "led_to": "department",
                "department_id": department_id,
                "made_by": "classifier",
                "reason": "sounds like service",
                "confidence": 0.8,
                "at": at,
            }
        )
        cases.append(
            {
                "id": new_id(),
                "space_id": inbox_id,
                "department_id": department_id,
                "story_id": story_id,
                "state": state,
                "owner_id": chance.choice(people[:20]) if state != "new" else None,
                "outcome": "answered" if state == "resolved" else None,
                "opened_at": at,
            }
        )
    for model, rows in (
        (Contact, contacts),
        (Author, authors),
        (Story, stories),
        (Mention, mentions),
        (Route, routes),
        (Case, cases),
    ):
        _insert(session, model, rows)


def _sentence(chance: random.Random, length: int) -> str:
    return " ".join(chance.choices(WORDS, k=length)).capitalize() + "."


def _insert(session: Session, model: Any, rows: Any) -> None:
    remaining: Iterator[dict[str, Any]] = iter(rows)
    while batch := list(islice(remaining, 5_000)):
        session.execute(insert(model), batch)


def newest_activity(session: Session) -> datetime | None:
    """When something last happened in a thread, to see that posting took effect."""
    return session.scalar(select(Post.active_at).order_by(Post.active_at.desc()).limit(1))
