"""Telling people, and what they want to be told."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.access import emergency
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.accounts.mail import queue_mail
from portal.core.clock import now
from portal.core.i18n import gettext as _
from portal.core.rendering import exact
from portal.core.signals import signal
from portal.notifications import queries, wording
from portal.notifications.forms import WishForm
from portal.notifications.levels import ME, NOTHING, kind_of_notice
from portal.notifications.quiet import is_quiet
from portal.notifications.wording import subject

GATHERING = timedelta(minutes=15)
"""How long notices gather before they are mailed together."""

LINES_IN_A_MAIL = 30

# Telling


def tell_of_words(session: Session, post_id: str, comment_id: str | None, *, only_named: bool = False) -> None:
    """Tell everyone concerned of a post or comment, each in the way that concerns them most."""
    found = queries.words(session, post_id, comment_id)
    if found is None:
        return
    words, row = found
    about_id = row.about_id if words.is_side_note else None
    kinds: dict[str, str] = {}
    for listener in queries.listeners(session, row.space_id, about_id or post_id):
        kind = kind_of_notice(words, listener)
        if kind and (kind == "named" or not only_named):
            kinds[listener.person_id] = kind
    give(
        session,
        kinds,
        key=f"comment:{comment_id}" if comment_id else f"post:{post_id}",
        at=row.created_at,
        actor_id=words.author_id,
        space_id=row.space_id,
        post_id=post_id,
        comment_id=comment_id,
    )


def tell(
    session: Session,
    kind: str,
    person_ids: Iterable[str | None],
    *,
    key: str,
    at: datetime,
    actor_id: str | None,
    space_id: str,
    **about: Any,
) -> None:
    """Tell these people, but the actor and those who may not see the space, whatever level they chose."""
    may_see = {listener.person_id for listener in queries.listeners(session, space_id)}
    kinds = {person_id: kind for person_id in person_ids if person_id in may_see and person_id != actor_id}
    give(session, kinds, key=key, at=at, actor_id=actor_id, space_id=space_id, **about)


def tell_of_new_case(session: Session, space_id: str, case_id: str, at: datetime) -> None:
    """Tell those on duty, in one notice for all the cases that came since they last looked."""
    on_duty = queries.on_duty(session, space_id)
    wanting = {
        listener.person_id
        for listener in queries.listeners(session, space_id)
        if listener.person_id in on_duty and listener.level not in (ME, NOTHING)
    }
    counted = queries.add_to_unseen(session, "new_case", space_id, wanting, at)
    ring(session, counted)
    kinds = dict.fromkeys(wanting - counted, "new_case")
    give(session, kinds, key=f"new_case:{case_id}", at=at, actor_id=None, space_id=space_id, case_id=case_id)


def forget_case(session: Session, space_id: str, case_id: str) -> None:
    """A case went where those of this inbox cannot follow: no notice of theirs counts it any more."""
    ring(session, queries.uncount_case(session, space_id, case_id))


FIRST_WARNING, LAST_WARNING = timedelta(days=14), timedelta(days=3)
"""How long before the end of a customer's time they and their host are told."""


def tell_of_ending(session: Session, customer: Any) -> None:
    """Tell a customer and their host that the time of the one ends soon; whoever came later than that is not told."""
    is_last = customer.ends_at - now() <= LAST_WARNING
    before = LAST_WARNING if is_last else FIRST_WARNING
    if customer.joined_at > customer.ends_at - before:
        return
    kind = f"ends_in_{before.days}"
    key = f"{kind}:{customer.space_id}:{customer.person_id}:{customer.ends_at:%Y%m%d%H%M}"
    at = now()
    tell(session, kind, [customer.person_id], key=key, at=at, actor_id=customer.host_id, space_id=customer.space_id)
    hosts = queries.with_deputies(session, [customer.host_id])
    tell(
        session,
        f"customer_{kind}",
        hosts,
        key=key,
        at=at,
        actor_id=customer.person_id,
        space_id=customer.side_id,
    )


def give(
    session: Session, kinds: Mapping[str, str], *, key: str, at: datetime, actor_id: str | None, **about: Any
) -> None:
    """Give each of these people a notice of this kind: one for each key and person, whatever happens twice.

    It is mailed with others once they have gathered, unless ``mail_at`` is given as None.
    """
    people = queries.add_notices(
        session,
        (
            {
                "key": f"{key}:{person_id}",
                "person_id": person_id,
                "kind": kind,
                "at": at,
                "mail_at": about.get("mail_at", now() + GATHERING),
                "actor_id": actor_id,
                "space_id": about.get("space_id"),
                "post_id": about.get("post_id"),
                "comment_id": about.get("comment_id"),
                "case_id": about.get("case_id"),
            }
            for person_id, kind in kinds.items()
        ),
    )
    ring(session, people)


def ring(session: Session, person_ids: Iterable[str]) -> None:
    """Have the bells of these people look again."""
    for person_id in person_ids:
        signal(session, "bell", person_id=person_id)


def tell_of_emergency(
    session: Session, group_id: str, team_id: str, access_id: str, actor_id: str | None, at: datetime
) -> None:
    """Tell a group's leads (its members, where nobody leads) that an administrator reads it in an emergency."""
    access = emergency.access_itself(session, access_id)
    if access is None:
        return
    members = {listener.person_id for listener in queries.listeners(session, team_id)}
    told = (members & set(queries.leads(session, group_id))) or members
    key = f"emergency:{access_id}"
    kinds = dict.fromkeys(told, "emergency")
    give(session, kinds, key=key, at=at, actor_id=actor_id, mail_at=None, space_id=team_id)
    for person_id in sorted(told):
        reader = queries.reader(session, person_id)
        if reader is None:
            continue
        queue_mail(
            session,
            key=f"{key}:{person_id}",
            kind="emergency",
            recipient=reader.email,
            person_id=person_id,
            subject=_("%(name)s reads %(group)s in an emergency") % {"name": access.name, "group": access.group_name},
            template="emergency",
            context={
                "name": reader.name,
                "who": access.name,
                "group": access.group_name,
                "reason": access.reason,
                "until": exact(access.ends_at, reader.timezone),
                "path": f"/groups/{group_id}/emergencies",
            },
        )


# Seen


def mark_seen(session: Session, viewer: Viewer, notice_id: str) -> None:
    """Note that the viewer has seen a notice. Raises ``NotFound``."""
    queries.notice(session, viewer, notice_id)
    queries.mark_seen(session, viewer, notice_id)


def mark_all_seen(session: Session, viewer: Viewer) -> None:
    """Note that the viewer has seen everything there is."""
    queries.mark_seen(session, viewer)


def mark_seen_on_screen(session: Session, viewer: Viewer, on_screen: str) -> None:
    """Note that the viewer has read the thread or case they are looking at."""
    queries.mark_seen_on_screen(session, viewer, on_screen)


# Wishes


def set_wishes(session: Session, viewer: Viewer, form: WishForm, levels: Mapping[str, str]) -> None:
    """Keep when mail is wanted and, for the viewer's own spaces, what it is wanted about."""
    wish = queries.wish(session, viewer.id)
    wish.wants_mail = form.wants_mail
    wish.quiet_from, wish.quiet_until = form.quiet_from, form.quiet_until
    for space in queries.followable(session, viewer):
        if space.id in levels:
            _set_level(session, viewer.id, space.id, levels[space.id])


def set_level(session: Session, viewer: Viewer, space_id: str, level: str) -> None:
    """Keep what the viewer wants to be told about a space. Raises ``NotFound``."""
    _set_level(session, viewer.id, queries.space(session, viewer, space_id).id, level)


def _set_level(session: Session, person_id: str, space_id: str, level: str) -> None:
    queries.set_level(session, person_id, space_id, level)
    if level == NOTHING:
        queries.drop_mail_about(session, person_id, [space_id])


def mute(session: Session, viewer: Viewer, space_id: str) -> None:
    """Hear nothing of a customer space; or, for a group's own space, of the whole group. Raises ``NotFound``."""
    for each in _muted_together(session, viewer, space_id):
        _set_level(session, viewer.id, each, NOTHING)


def unmute(session: Session, viewer: Viewer, space_id: str) -> None:
    """Hear of a space, or of a whole group, as by default. Raises ``NotFound``."""
    queries.forget_levels(session, viewer.id, _muted_together(session, viewer, space_id))


def _muted_together(session: Session, viewer: Viewer, space_id: str) -> Collection[str]:
    space = queries.space(session, viewer, space_id)
    if space.kind == "team" and space.group_id is not None:
        return queries.spaces_beside(session, viewer, space.group_id)
    return [space.id]


def stop_mail(session: Session, token: str) -> None:
    """Send no more mail about notices to whoever this mail was for. Raises ``NotFound``."""
    person = queries.holder_of(session, token)
    queries.wish(session, person.id).wants_mail = False


@reaching_beyond_the_wall
def mute_by_mail(session: Session, token: str, space_id: str) -> None:
    """Tell whoever this mail was for nothing more of a space they may see. Raises ``NotFound``."""
    person = queries.holder_of(session, token)
    reader = queries.reader(session, person.id)
    assert reader is not None
    set_level(session, reader, space_id, NOTHING)


# Mail


def mail_what_gathered(session: Session, person_id: str) -> None:
    """Write one mail of all that gathered for a person and that they may still see and have not seen.

    In their quiet hours it waits; where they want no mail, or can no longer sign in, it is dropped.
    """
    reader = queries.reader(session, person_id)
    wish = queries.wish(session, person_id)
    wants_mail = reader is not None and wish.wants_mail
    if wants_mail and is_quiet(now(), reader.timezone, wish.quiet_from, wish.quiet_until):  # type: ignore[union-attr]
        return
    claimed = queries.claim_mail(session, person_id)
    if reader is None or not wants_mail:
        return
    rows = queries.notices_by_id(session, reader, claimed)
    if rows:
        _write_mail(session, reader, wish.unsubscribe_token, rows)


def _write_mail(session: Session, reader: Viewer, token: str, rows: Collection[Any]) -> None:
    told = [(wording.told(row), row) for row in rows]
    places = {row.where for row in rows if row.where}
    mutable = {
        row.paired_with or row.space_id: row.where
        for row in rows
        if row.space_kind in ("team", "customers", "side", "inbox") and row.kind != queries.NOT_LET_IN
    }
    queue_mail(
        session,
        key=f"notices:{reader.id}:{rows_key(rows)}",
        kind=queries.MAIL_KIND,
        recipient=reader.email,
        person_id=reader.id,
        subject=subject([text for text, _row in told], places),
        template="notices",
        context={
            "name": reader.name,
            "lines": [
                {"text": text, "path": f"/notices/{row.id}", "at": row.at} for text, row in told[:LINES_IN_A_MAIL]
            ],
            "more": max(0, len(told) - LINES_IN_A_MAIL),
            "zone": reader.timezone,
            "mutes": [
                {"where": where, "path": f"/unsubscribe/{token}/spaces/{space_id}"}
                for space_id, where in mutable.items()
            ],
        },
        unsubscribe_url=f"/unsubscribe/{token}",
        true_until=queries.first_end(session, reader.id, {row.space_id for row in rows if row.space_id}),
    )


def rows_key(rows: Collection[Any]) -> str:
    """What makes a mail of these notices the same mail: the newest of them and how many they are."""
    newest = next(iter(rows))
    return f"{newest.id}:{newest.number}:{len(rows)}"
