"""The API of what was heard, of contacts and of sources."""

from typing import Any

from fastapi import Response

from portal.access.models import Organisation, Person
from portal.access.unit import Unit, administrators, employees, router
from portal.core.paging import Limit
from portal.core.rendering import iso
from portal.listening import actions, queries
from portal.listening.forms import (
    ContactDetail,
    ContactOut,
    ContactPage,
    HeardForm,
    JoinBody,
    LinkBody,
    MentionOut,
    MentionPage,
    Receipt,
    SourceList,
)
from portal.listening.models import Contact, Source

api = router(prefix="/api/v1")


@api.get(
    "/mentions", summary="What was heard, the latest first", tags=["mentions"], responses={200: {"model": MentionPage}}
)
@employees
def mentions(
    unit: Unit,
    source_id: str = "",
    language: str = "",
    contact_id: str = "",
    story_id: str = "",
    cursor: str | None = None,
    limit: Limit = None,
) -> Response:
    queries.listening_space(unit.session, unit.viewer)
    page = queries.mentions(
        unit.session,
        unit.viewer,
        cursor,
        limit,
        source_id=source_id,
        language=language,
        contact_id=contact_id,
        story_id=story_id,
    )
    return unit.answer({"items": [_mention(said) for said in page.items], "next": page.next})


def _mention(said: queries.Said) -> dict[str, Any]:
    return {
        "id": said.id,
        "story_id": said.story_id,
        "source": said.source,
        "author": said.contact,
        "contact_id": said.contact_id,
        "title": said.title,
        "text": said.text,
        "url": said.url,
        "language": said.language,
        "private": said.private,
        "recorded_by": said.recorded_by,
        "heard_by": said.heard_by,
        "said_at": iso(said.said_at),
        "heard_at": iso(said.heard_at),
    }


@api.get("/mentions/{mention_id}", summary="One mention", tags=["mentions"], responses={200: {"model": MentionOut}})
@employees
def mention(unit: Unit, mention_id: str) -> Response:
    return unit.answer(_mention(queries.mention(unit.session, unit.viewer, mention_id)))


@api.post(
    "/mentions",
    summary="I heard this: it goes where it belongs",
    tags=["mentions"],
    status_code=201,
    responses={201: {"model": Receipt}},
)
@employees
def record(unit: Unit, body: HeardForm) -> Response:
    result = actions.record_heard(unit.session, unit.viewer, body)
    receipt: dict[str, Any] = {"received": True}
    for mention_id in queries.seen_among(unit.session, unit.viewer, result.mention_ids):
        receipt["id"] = mention_id
    return unit.answer(receipt, 201)


@api.get("/contacts", summary="People who said something", tags=["contacts"], responses={200: {"model": ContactPage}})
@employees
def contacts(unit: Unit, q: str = "", cursor: str | None = None, limit: Limit = None) -> Response:
    queries.listening_space(unit.session, unit.viewer)
    page = queries.contacts(unit.session, unit.viewer, q.strip(), cursor, limit)
    return unit.answer({"items": [_contact(known) for known in page.items], "next": page.next})


def _contact(known: queries.Known) -> dict[str, Any]:
    return {
        "id": known.id,
        "name": known.name,
        "organisation_id": known.organisation_id,
        "organisation": known.organisation,
        "person_id": known.person_id,
    }


@api.get(
    "/contacts/{contact_id}",
    summary="A contact, their handles and the latest they said",
    tags=["contacts"],
    responses={200: {"model": ContactDetail}},
)
@employees
def contact(unit: Unit, contact_id: str) -> Response:
    return unit.answer(_detail(unit, contact_id))


def _detail(unit: Unit, contact_id: str) -> dict[str, Any]:
    known = queries.contact_shown(unit.session, unit.viewer, contact_id)
    authors = queries.authors(unit.session, unit.viewer, contact_id)
    moments = queries.timeline(unit.session, unit.viewer, contact_id)
    return {
        **_contact(known),
        "handles": [
            {"id": author.id, "place": author.place, "handle": author.handle, "url": author.url} for author in authors
        ],
        "said": [_moment(moment) for moment in moments.items],
    }


def _moment(moment: queries.Moment) -> dict[str, Any]:
    return {
        **_mention(moment.said),
        "led_to": moment.department or moment.led_to,
        "answered": [{"department": answer.department, "at": iso(answer.at)} for answer in moment.answers],
    }


@api.patch(
    "/contacts/{contact_id}",
    summary="Link a contact to an organisation and to a customer, or take a link away",
    tags=["contacts"],
    responses={200: {"model": ContactOut}},
)
@employees
def link(unit: Unit, contact_id: str, body: LinkBody) -> Response:
    contact = queries.contact(unit.session, unit.viewer, contact_id)
    person = _person(unit, contact, body)
    actions.link_contact(unit.session, contact, _organisation(unit, contact, body), person)
    unit.session.flush()
    return unit.answer(_contact(queries.contact_shown(unit.session, unit.viewer, contact_id)))


def _person(unit: Unit, contact: Contact, body: LinkBody) -> Person | None:
    if "person_id" not in body.model_fields_set:
        return queries.person_linked(unit.session, contact)
    return queries.person_to_link(unit.session, unit.viewer, contact, body.person_id)


def _organisation(unit: Unit, contact: Contact, body: LinkBody) -> Organisation | None:
    kept = None if body.person_id else contact.organisation_id
    wanted = body.organisation_id if "organisation_id" in body.model_fields_set else kept
    return queries.organisation(unit.session, unit.viewer, wanted) if wanted else None


@api.post(
    "/contacts/{contact_id}/join",
    summary="Two contacts are one human: bring the other's handles here",
    tags=["contacts"],
    responses={200: {"model": ContactDetail}},
)
@employees
def join(unit: Unit, contact_id: str, body: JoinBody) -> Response:
    kept = queries.contact(unit.session, unit.viewer, contact_id)
    other = queries.contact(unit.session, unit.viewer, body.other)
    actions.join_contacts(unit.session, kept, other)
    unit.session.flush()
    return unit.answer(_detail(unit, contact_id))


@api.post(
    "/authors/{author_id}/split",
    summary="A handle is somebody else: it gets a contact of its own",
    tags=["contacts"],
    status_code=201,
    responses={201: {"model": ContactDetail}},
)
@employees
def split(unit: Unit, author_id: str) -> Response:
    author = queries.author(unit.session, unit.viewer, author_id)
    contact = actions.split_off(unit.session, unit.viewer, author)
    return unit.answer(_detail(unit, contact.id), 201)


@api.get("/sources", summary="Where Earshot listens", tags=["sources"], responses={200: {"model": SourceList}})
@administrators
def sources(unit: Unit) -> Response:
    items = [_source(source) for source in queries.sources(unit.session, unit.viewer)]
    return unit.answer({"items": items, "next": None})


def _source(source: Source) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": source.name,
        "kind": source.kind,
        "url": source.address or None,
        "track": source.track,
        "health": source.health,
        "error": str(source.error) if source.error else None,
        "heard_at": iso(source.heard_at) if source.heard_at else None,
        "next_at": iso(source.next_at) if source.next_at else None,
    }
