"""Plays what the content tells through the real actions: nothing here writes what an action would write."""

from dataclasses import replace
from datetime import datetime, timedelta

from portal.access import emergency
from portal.access.models import Organisation, Person
from portal.access.viewer import Viewer
from portal.accounts import actions as account_actions
from portal.accounts.actions import create_person
from portal.accounts.forms import TermsForm
from portal.accounts.models import Credential
from portal.accounts.passwords import hash_password
from portal.core import company
from portal.core.ids import new_secret
from portal.demo import heard, queries, terms
from portal.demo.groups import CIRCLES, DEPUTIES, OPENINGS
from portal.demo.people import COLLEAGUES, COMPANIES, COMPANY_NAME, CUSTOMERS, INVITED
from portal.demo.stage import Scene, Stage, soon
from portal.demo.telling import (
    ZONE,
    Circle,
    Colleague,
    Customer,
    Heard,
    Listening,
    Mention,
    Opening,
    Said,
    Shared,
    Step,
    Thread,
    moment,
)
from portal.demo.threads import SHARED, THREADS
from portal.groups import actions as group_actions
from portal.groups import hosting_actions, inviting_actions
from portal.groups import queries as group_queries
from portal.groups.emergency import begin_emergency, end_emergency
from portal.groups.forms import (
    AcceptForm,
    ColleagueForm,
    CustomersForm,
    DeputyForm,
    EmergencyForm,
    GroupForm,
    InviteForm,
    OrganisationForm,
    SpaceForm,
)
from portal.inbox import actions as case_actions
from portal.inbox.forms import AnswerForm, DiscussForm
from portal.listening import actions as listening_actions
from portal.listening import queries as listening_queries
from portal.listening.forms import FeedForm, HeardForm
from portal.listening.intake import IntakeResult, take_in
from portal.listening.item import Item
from portal.notifications import actions as notice_actions
from portal.posts import actions as post_actions
from portal.posts import travel
from portal.posts.forms import CommentForm, OpenForm, PostEdit, PostForm
from portal.routing import actions as routing_actions
from portal.routing.forms import RuleForm

FOUNDED = "45d 08:00"
"""When the company began to use the portal."""


def set_the_stage(stage: Stage) -> None:
    """Note everything that is to happen; ``stage.play()`` then lets it happen."""
    stage.at(FOUNDED, _company)
    stage.at("44d 09:00", _departments)
    stage.at("44d 16:00", _terms(terms.FIRST))
    for circle in CIRCLES:
        stage.at("43d 10:00", _circle(circle))
    stage.at("42d 09:00", _organisations)
    stage.at("41d 11:00", _sources)
    for opening in OPENINGS:
        _customer_space(stage, opening)
    stage.at("20d 08:15", _deputies)
    for thread in THREADS:
        _thread(stage, thread)
    for shared in SHARED:
        stage.at(shared.at, _shared(shared))
    for number, mention in enumerate(heard.MENTIONS, start=1):
        _mention(stage, mention, 1_000 + 7 * number)
    for record in heard.RECORDED:
        _record(stage, record)
    stage.at("27d 11:30", _recognise_jo)
    stage.at("26d 09:20", _let_jo_help)
    stage.at("+20m", _stop_reading_prices, stage.at("12d 14:10", _read_prices))
    _new_terms(stage)
    stage.at("4h 10m", _ask_for_sam)
    _read_until_lately(stage)


# The company


def _company(stage: Stage) -> None:
    session = stage.session
    company.set_setting(session, company.COMPANY_NAME, COMPANY_NAME)
    company.set_setting(session, company.TIMEZONE, ZONE)
    company.set_setting(session, company.DEMO, True)
    nobody_knows = hash_password(new_secret())
    for colleague in COLLEAGUES:
        person = _employee(stage, colleague)
        session.add(Credential(person_id=person.id, kind="password", secret=nobody_knows))
        stage.enter(colleague.key, person)


def _employee(stage: Stage, colleague: Colleague) -> Person:
    person = create_person(
        stage.session,
        kind="employee",
        name=colleague.name,
        email=colleague.email,
        is_admin=colleague.is_admin,
        is_demo=True,
    )
    person.title, person.department, person.about = colleague.title, colleague.department, colleague.about
    return person


def _departments(stage: Stage) -> None:
    for key in ("service", "product", "hr", "logistics", "sales", "marketing"):
        staff = [each for each in COLLEAGUES if _department_of(each) == key]
        lead = next(each for each in staff if each.leads)
        with stage.acting("ruth") as ruth:
            person = group_queries.colleague(stage.session, ruth, stage.people[lead.key].id)
            group = group_actions.create_department(stage.session, ruth, key, lead=person)
        stage.ids[key] = group.id
        stage.ids[f"team:{key}"] = group_queries.team_of(stage.session, group.id).id
        with stage.acting(lead.key) as viewer:
            own = group_queries.own_group(stage.session, viewer, group.id)
            for other in staff:
                if other is not lead:
                    person = group_queries.colleague(stage.session, viewer, stage.people[other.key].id)
                    group_actions.add_member(stage.session, own, person)
                    member = group_queries.member(stage.session, viewer, group.id, person.id)
                    group_actions.set_inbox_right(stage.session, own, member, True)


def _terms(text: str) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting("ruth") as ruth:
            stage.terms = account_actions.set_terms(stage.session, ruth, TermsForm(body=text))

    return scene


def _new_terms(stage: Stage) -> None:
    changed = stage.at("5d 08:30", _terms(terms.NOW))
    for number, customer in enumerate(_here_lately()):
        stage.at(f"+{1 + 3 * number}h", _accepting(customer), changed)


def _here_lately() -> list[str]:
    return [each.key for each in CUSTOMERS if each.key not in terms.NOT_ACCEPTED_YET]


def _accepting(key: str) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting(key) as viewer:
            account_actions.accept_terms(stage.session, replace(viewer, terms=stage.terms), stage.terms)

    return scene


def _department_of(colleague: Colleague) -> str:
    return colleague.department.lower()


def _circle(circle: Circle) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting(circle.lead) as viewer:
            form = GroupForm.model_validate({"name": circle.name, "purpose": circle.purpose, "joining": circle.joining})
            group = group_actions.create_group(stage.session, viewer, form)
            own = group_queries.own_group(stage.session, viewer, group.id)
            for key in circle.members:
                person = group_queries.colleague(stage.session, viewer, stage.people[key].id)
                group_actions.add_member(stage.session, own, person)
        stage.ids[circle.key] = group.id
        stage.ids[f"team:{circle.key}"] = own.team_id

    return scene


def _organisations(stage: Stage) -> None:
    for each in COMPANIES:
        with stage.acting(each.owner) as viewer:
            form = OrganisationForm.model_validate(
                {"name": each.name, "domains": each.domain, "tier": each.tier, "timezone": ZONE}
            )
            made: Organisation = group_actions.create_organisation(stage.session, viewer, form, ())
        stage.ids[f"organisation:{each.key}"] = made.id


def _sources(stage: Stage) -> None:
    for listening in heard.SOURCES:
        with stage.acting("ruth"):
            _source(stage, listening)
    for rule in heard.RULES:
        with stage.acting(rule.by) as viewer:
            form = RuleForm(name=rule.name, track=rule.track, department=rule.department)
            routing_actions.add_rule(stage.session, viewer, form)


def _source(stage: Stage, listening: Listening) -> None:
    viewer = stage.people["ruth"]
    if listening.kind == "feed":
        form = FeedForm(name=listening.name, url=listening.url, track=listening.track)
        source = listening_actions.add_feed(stage.session, viewer, form)
        listening_actions.pause_source(source)
    else:
        source = listening_actions.add_file(stage.session, viewer, listening.name)
    stage.session.flush()
    stage.ids[f"source:{listening.key}"] = source.id


# Customer spaces


def _customer_space(stage: Stage, opening: Opening) -> None:
    opened = stage.at(opening.opened, _opening(opening))
    guests = [each for each in CUSTOMERS if each.organisation == opening.organisation]
    for number, customer in enumerate(guests):
        invited = stage.at(f"+{5 + 3 * number}m", _invitation(opening, customer), opened)
        stage.at("+5m", _coming(customer), invited)
    for customer in INVITED:
        if customer.organisation == opening.organisation:
            stage.at(customer.invited, _invitation(opening, customer))


def _deputies(stage: Stage) -> None:
    for key, deputy in DEPUTIES:
        with stage.acting(key) as viewer:
            hosting_actions.set_deputy(stage.session, viewer, DeputyForm(deputy=stage.people[deputy].id))


def _opening(opening: Opening) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting(opening.by) as viewer:
            own = group_queries.own_group(stage.session, viewer, stage.ids[opening.group])
            form = SpaceForm(
                name=opening.name,
                purpose=opening.purpose,
                organisations=[stage.ids[f"organisation:{opening.organisation}"]],
                members=[stage.people[key].id for key in opening.staff],
            )
            space = group_actions.open_customer_space(stage.session, viewer, own, form, ())
        stage.ids[f"team:{opening.key}"] = space.id

    return scene


def _invitation(opening: Opening, customer: Customer) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting(opening.by) as viewer:
            frame = group_queries.space_frame(stage.session, viewer, stage.ids[f"team:{opening.key}"])
            form = InviteForm(
                email=customer.email,
                name=customer.name,
                host=stage.people[customer.host].id,
                personal_line=customer.personal_line,
                until=(stage.present + timedelta(days=customer.days_left)).date() if customer.days_left else None,
            )
            invitation = inviting_actions.invite(stage.session, viewer, frame, form)
        stage.ids[f"link:{customer.key}"] = invitation.link_secret

    return scene


def _coming(customer: Customer) -> Scene:
    def scene(stage: Stage) -> None:
        held = group_queries.held_invitation(stage.session, stage.ids[f"link:{customer.key}"])
        person = inviting_actions.accept_as_newcomer(stage.session, held, AcceptForm(name=customer.name, by_mail=True))
        person.title, person.timezone = customer.title, ZONE
        stage.enter(customer.key, person)
        _accepting(customer.key)(stage)

    return scene


def _let_jo_help(stage: Stage) -> None:
    """Jo looks after newcomers of Harbour Foods and may ask for colleagues; what explains the space stays on top."""
    space_id = stage.ids["team:harbour"]
    with stage.acting("nadia") as nadia:
        frame = group_queries.customer_frame(stage.session, nadia, space_id)
        space = group_queries.space(stage.session, nadia, space_id)
        form = CustomersForm(customers_ask_colleagues_in=True, customers_upload=True, customers_download=True)
        group_actions.change_customers_may(stage.session, frame, space, form)
        jo = group_queries.customer(stage.session, nadia, space_id, stage.people["jo"].id)
        group_actions.set_cohost(stage.session, nadia, frame, jo, True)
        first = next(thread for thread in THREADS if thread.space == "harbour")
        post_actions.pin_post(stage.session, nadia, stage.ids[f"post:harbour:{first.body}"])


def _ask_for_sam(stage: Stage) -> None:
    with stage.acting("jo") as jo:
        frame = group_queries.customer_frame(stage.session, jo, stage.ids["team:harbour"])
        form = ColleagueForm(
            name="Sam Whitfield",
            email="sam.whitfield@harbourfoods.example",
            words="Sam takes over kitchens 7 to 11 from Monday.",
        )
        inviting_actions.ask_colleague_in(stage.session, jo, frame, form)


def _read_prices(stage: Stage) -> None:
    """An administrator had to look into a group that is not hers, and ended it as soon as she had found it."""
    with stage.acting("ruth") as ruth:
        form = EmergencyForm(
            group="Pricing 2027",
            reason="Marcus is ill, and the printer needs the approved list today. Anders asked me to find it.",
            hours=1,
        )
        access = begin_emergency(stage.session, ruth, form)
    if access is not None:
        stage.ids["emergency"] = access.id


def _stop_reading_prices(stage: Stage) -> None:
    with stage.acting("ruth") as ruth:
        end_emergency(stage.session, ruth, emergency.one(stage.session, ruth, stage.ids["emergency"]))


# Threads


def _thread(stage: Stage, thread: Thread) -> None:
    name = f"post:{thread.space}:{thread.body}"
    last = stage.at(thread.at, _post(thread, name))
    begun = last
    if thread.changed:
        stage.at(thread.changed.at, _change(thread, thread.changed, name), begun)
    for number, person in enumerate(thread.thanked_by):
        stage.at(f"+{7 + 4 * number}m", _thanks(person, name, ""), begun)
    for number, comment in enumerate(thread.comments):
        place = f"{name}:{number}"
        last = stage.at(comment.at, _comment(comment, name, place), last)
        if comment.accepted_by:
            stage.at("+4m", _acceptance(comment.accepted_by, place), last)
        for step, person in enumerate(comment.thanked_by):
            stage.at(f"+{5 + 3 * step}m", _thanks(person, name, place), last)
    if thread.settled_by:
        stage.at("+25m", _settlement(thread.settled_by, name), last)
    for note in thread.side_notes:
        stage.at(note.at, _side_note(note, name), begun)


def _post(thread: Thread, name: str) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting(thread.by) as viewer:
            form = PostForm(
                kind="question" if thread.is_question else "update", title=thread.title, body=_flowing(thread.body)
            )
            stage.ids[name] = post_actions.publish_post(stage.session, viewer, stage.ids[f"team:{thread.space}"], form)
            stage.ids[f"titled:{thread.title}"] = stage.ids[name]

    return scene


def _change(thread: Thread, changed: Said, name: str) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting(changed.by) as viewer:
            form = PostEdit(title=thread.title, body=_flowing(changed.body))
            post_actions.edit_post(stage.session, viewer, stage.ids[name], form)

    return scene


def _shared(shared: Shared) -> Scene:
    """Who opens a post looks at what becomes visible, and then does it."""

    def scene(stage: Stage) -> None:
        post_id, space_id = stage.ids[f"titled:{shared.thread}"], stage.ids[f"team:{shared.space}"]
        form = OpenForm(space_id=space_id, title=shared.title, body=_flowing(shared.body))
        with stage.acting(shared.by) as viewer:
            try:
                travel.open_post(stage.session, viewer, post_id, form, stage.work.files)
            except travel.NotSeen as asked:
                seen = form.model_copy(update={"seen": asked.look.seen})
                travel.open_post(stage.session, viewer, post_id, seen, stage.work.files)

    return scene


def _flowing(text: str) -> str:
    """The text with the line ends of the source code taken out of its paragraphs; lists and tables keep theirs."""
    lines: list[str] = []
    for line in text.split("\n"):
        goes_on = bool(lines and lines[-1] and line and not line.startswith(("- ", "|", ">", "1.", "2.", "3.")))
        if goes_on and not lines[-1].startswith("|"):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return "\n".join(lines)


def _comment(comment: Said, name: str, place: str) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting(comment.by) as viewer:
            form = CommentForm(body=_flowing(comment.body))
            stage.ids[place] = post_actions.publish_comment(stage.session, viewer, stage.ids[name], form)

    return scene


def _acceptance(person: str, place: str) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting(person) as viewer:
            post_actions.accept_answer(stage.session, viewer, stage.ids[place])

    return scene


def _thanks(person: str, name: str, place: str) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting(person) as viewer:
            post_actions.toggle_thanks(stage.session, viewer, stage.ids[name], stage.ids[place] if place else "")

    return scene


def _settlement(person: str, name: str) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting(person) as viewer:
            post_actions.need_no_answer(stage.session, viewer, stage.ids[name], "They said thanks.")

    return scene


def _side_note(note: Said, name: str) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting(note.by) as viewer:
            post_actions.publish_side_note(
                stage.session, viewer, stage.ids[name], CommentForm(body=_flowing(note.body))
            )

    return scene


# What was heard


def _mention(stage: Stage, mention: Mention, number: int) -> None:
    name = f"story:{number}"
    was_heard = stage.at(mention.at, _hearing(mention, mention.source, mention.author, number, name))
    for more, (source, author, told) in enumerate(mention.repeated_by, start=1):
        stage.at(told, _hearing(mention, source, author, number + more, name), was_heard)
    _review(stage, mention.belongs, mention.steps, name, was_heard)


def _hearing(mention: Mention, source: str, author: str, number: int, name: str) -> Scene:
    place = next(each for each in heard.SOURCES if each.key == source)
    link = place.links.format(author=author, key=110_000 + 37 * number) if place.links else None

    def scene(stage: Stage) -> None:
        item = Item(
            id=link or f"{source}-{number}",
            text=mention.text,
            author=author,
            url=link,
            said_at=_a_little_earlier(mention.at, stage.present, number),
            lang=mention.language,
        )
        _note_story(
            stage, name, take_in(stage.session, queries.source(stage.session, stage.ids[f"source:{source}"]), [item])
        )

    return scene


def _a_little_earlier(told: str, present: datetime, number: int) -> datetime:
    return moment(told, present) - timedelta(minutes=4 + number % 11)


def _recognise_jo(stage: Stage) -> None:
    """Who wrote about the pallets in public turns out to be the customer who came in since."""
    with stage.acting("nadia") as viewer:
        contact = queries.contact_called(stage.session, "jo_r")
        jo = listening_queries.customer(stage.session, viewer, stage.people["jo"].id)
        listening_actions.link_contact(stage.session, contact, None, jo)


def _note_story(stage: Stage, name: str, result: IntakeResult) -> None:
    (stage.ids[name],) = result.story_ids


def _record(stage: Stage, record: Heard) -> None:
    name = f"story:{record.by}:{record.at}"

    def scene(stage: Stage) -> None:
        with stage.acting(record.by) as viewer:
            form = HeardForm.model_validate(
                {
                    "kind": record.kind,
                    "text": record.text,
                    "name": record.name,
                    "person_id": stage.people[record.customer].id if record.customer else "",
                    "department": record.belongs,
                }
            )
            _note_story(stage, name, listening_actions.record_heard(stage.session, viewer, form))

    was_heard = stage.at(record.at, scene)
    _review(stage, record.belongs, record.steps, name, was_heard)


def _review(stage: Stage, belongs: str, steps: tuple[Step, ...], name: str, was_heard: datetime) -> None:
    if belongs:
        sorted_at = stage.at("+14m", _sorting(belongs, name), was_heard)
    last = was_heard
    for step in steps:
        last = max(stage.at(step.at, _step(step, belongs, name), last), last)
        last = max(last, soon(sorted_at, 1))


def _sorting(belongs: str, name: str) -> Scene:
    """Somebody of the department to which it was led by mistake sends it where it belongs."""

    def scene(stage: Stage) -> None:
        now_at = queries.department_of(stage.session, stage.ids[name])
        if now_at == belongs:
            return
        with stage.acting(_whoever_looks_after(now_at, name)) as viewer:
            if now_at in stage.ids:
                case_id = queries.case_of(stage.session, stage.ids[name], stage.ids[now_at])
                case_actions.send(stage.session, viewer, case_id, belongs)
            else:
                routing_actions.send(stage.session, viewer, stage.ids[name], belongs)

    return scene


def _whoever_looks_after(department: str, name: str) -> str:
    """A department's lead; what is unsorted or set aside is looked through by several, in turn."""
    in_turn = ("mara", "samuel", "hanna", "daniel", "ben")[len(name + heard.SOURCES[0].name) % 5]
    return next((each.key for each in COLLEAGUES if each.leads and _department_of(each) == department), in_turn)


def _step(step: Step, department: str, name: str) -> Scene:
    def scene(stage: Stage) -> None:
        case_id = queries.case_of(stage.session, stage.ids[name], stage.ids[department])
        with stage.acting(step.by) as viewer:
            _do(stage, viewer, case_id, step)

    return scene


def _do(stage: Stage, viewer: Viewer, case_id: str, step: Step) -> None:
    session = stage.session
    match step.does:
        case "claim":
            case_actions.claim(session, viewer, case_id)
        case "note":
            case_actions.write_note(session, viewer, case_id, step.words)
        case "answer":
            case_actions.record_answer(session, viewer, case_id, _answer(stage, case_id, step))
        case "wait":
            case_actions.wait(session, viewer, case_id)
        case "resolve":
            case_actions.resolve(session, viewer, case_id, step.words)
        case "dismiss":
            case_actions.dismiss(session, viewer, case_id, step.words)
        case "discuss":
            case_actions.discuss(session, viewer, case_id, DiscussForm(title=step.link, body=step.words))
        case _:
            raise ValueError(f"nobody can {step.does} a case")


def _answer(stage: Stage, case_id: str, step: Step) -> AnswerForm:
    """An answer to everyone who said it by now: where it was said, or elsewhere where that has no address."""
    said = queries.said_in(stage.session, case_id)
    address = next((url for _, url in said if url), "")
    return AnswerForm(
        mentions=[mention_id for mention_id, _ in said],
        text=step.words,
        elsewhere=not address,
        url=f"{address}#answer" if address else "",
    )


# What everybody has seen by now

LATELY = "22h"
"""Since when things are new to people: what happened before was read by those who work here every day."""


def _read_until_lately(stage: Stage) -> None:
    for key in (*(each.key for each in COLLEAGUES), *_here_lately()):
        stage.at(LATELY, _reading(key))


def _reading(key: str) -> Scene:
    def scene(stage: Stage) -> None:
        with stage.acting(key) as viewer:
            post_actions.mark_all_read(stage.session, viewer)
            notice_actions.mark_all_seen(stage.session, viewer)

    return scene
