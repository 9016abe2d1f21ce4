"""People, groups, spaces and what is said in them, for tests. Each returns the stored row."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.access.membership import admit, company_spaces, follow_group
from portal.access.models import Group, GroupMember, Organisation, Person, Space, SpaceOrganisation
from portal.core.clock import now
from portal.core.ids import new_id
from portal.listening.models import Author, Contact, Mention, Source, Story
from portal.posts.models import Comment, Post


def employee(session: Session, name: str = "Mara Lindqvist", **fields: Any) -> Person:
    return _person(session, "employee", name, **fields)


def customer(session: Session, name: str = "Jo Reyes", **fields: Any) -> Person:
    fields.setdefault("organisation_id", organisation(session).id)
    return _person(session, "customer", name, **fields)


def _person(session: Session, kind: str, name: str, **fields: Any) -> Person:
    fields.setdefault("email", f"{name.split()[0].lower()}.{new_id()[:6]}@example.com")
    person = Person(kind=kind, name=name, **fields)
    session.add(person)
    session.flush()
    return person


def organisation(session: Session, name: str = "Harbour Foods", **fields: Any) -> Organisation:
    made = Organisation(name=name, domains="example.com", **fields)
    session.add(made)
    session.flush()
    return made


def group(session: Session, lead: Person, *members: Person, **fields: Any) -> Group:
    """A group with its team space; a department (``department="service"``) gets its inbox, its members the right."""
    fields.setdefault("name", "Field service")
    fields.setdefault("purpose", "Keep what we sold running")
    fields.setdefault("joining", "invite" if fields.get("department") else "open")
    made = Group(**fields)
    session.add(made)
    session.flush()
    session.add(Space(group_id=made.id, kind="team", audience="internal", name="Team"))
    if made.department:
        session.add(Space(group_id=made.id, kind="inbox", audience="internal", name="Inbox"))
    right = made.department is not None
    session.add(GroupMember(group_id=made.id, person_id=lead.id, role="lead", inbox_right=right))
    session.add_all(GroupMember(group_id=made.id, person_id=other.id, inbox_right=right) for other in members)
    session.flush()
    follow_group(session, made.id)
    return made


def space(session: Session, group: Group, kind: str = "team") -> Space:
    """The group's space of this kind."""
    from sqlalchemy import select

    return session.scalars(select(Space).where(Space.group_id == group.id, Space.kind == kind)).one()


def customer_space(session: Session, group: Group, host: Person, *customers: Person, **fields: Any) -> Space:
    """A customer space of the group with its side space: the host and these customers are in it."""
    fields.setdefault("name", "Harbour Foods")
    made = Space(group_id=group.id, kind="customers", audience="customers", **fields)
    session.add(made)
    session.flush()
    side = Space(group_id=group.id, kind="side", audience="internal", name="Side notes", paired_with=made.id)
    session.add(side)
    session.flush()
    admit(session, made, host)
    admit(session, side, host)
    for person in customers:
        admit(session, made, person, ends_at=now() + timedelta(days=365), sponsor_id=host.id)
        if person.organisation_id and not session.get(SpaceOrganisation, (made.id, person.organisation_id)):
            session.add(SpaceOrganisation(space_id=made.id, organisation_id=person.organisation_id))
            session.flush()
    return made


def post(session: Session, space: Space, author: Person, body: str = "The pump leaks again.", **fields: Any) -> Post:
    if fields.get("kind") == "question":
        fields.setdefault("status", "open")
    made = Post(space_id=space.id, author_id=author.id, body=body, html=f"<p>{body}</p>", **fields)
    session.add(made)
    session.flush()
    return made


def comment(session: Session, post: Post, author: Person, body: str = "I have seen it too.", **fields: Any) -> Comment:
    made = Comment(
        space_id=post.space_id, post_id=post.id, author_id=author.id, body=body, html=f"<p>{body}</p>", **fields
    )
    session.add(made)
    post.comment_count += 1
    session.flush()
    return made


def source(session: Session, name: str = "Reviews", kind: str = "feed", **fields: Any) -> Source:
    made = Source(space_id=company_spaces(session)["listening"].id, name=name, kind=kind, **fields)
    session.add(made)
    session.flush()
    return made


def mention(
    session: Session, source: Source, text: str = "Two pallets arrived soaked", handle: str = "jo_r", **fields: Any
) -> Mention:
    """A mention in a story of its own, by an author with a contact of its own, in the source's space."""
    contact = Contact(name=handle)
    session.add(contact)
    session.flush()
    author = Author(place=source.name, handle=f"{handle}-{new_id()[:4]}", contact_id=contact.id)
    story = Story(space_id=source.space_id)
    session.add_all([author, story])
    session.flush()
    made = Mention(
        space_id=source.space_id,
        source_id=source.id,
        external_id=new_id(),
        author_id=author.id,
        story_id=story.id,
        text=text,
        said_at=fields.pop("said_at", now()),
        **fields,
    )
    session.add(made)
    session.flush()
    return made
