"""The town in which the stories happen: built once, by what people really do, and copied for each story."""

import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from portal.access.membership import admit, dismiss, side_of
from portal.access.models import Person
from portal.access.sessions import system_session, viewer_session
from portal.app import create_app, work_of
from portal.core import outbox
from portal.core.settings import Settings
from portal.files import actions as files
from portal.listening import actions as listening
from portal.listening.forms import HeardForm
from portal.posts import actions as posts
from portal.posts.forms import CommentForm, PostForm
from tests import factories
from tests.app_fixtures import viewer_of
from tests.files.people import picture

INSIDE, BESIDE, ELSEWHERE, HEARD_BY_HR = "walrus", "zebra", "osprey", "heron"
"""Words that stand in one place alone: among colleagues, in side notes, in the other customer space, with HR."""

Act = Callable[..., Any]


class Town:
    """Mara leads Service and hosts the customer space Kitchens, with Ben beside her; Nora is in Service alone.

    Jo and Lin of Harbour Foods and Priya of Lindenhof are customers there; Lee's time there has ended. Eve leads
    Logistics and hosts Kim in the customer space Pilot. Hanna leads HR. Olga leads the unlisted group
    Nightjar, Vera is in it. Otto is in no group, Ada administers and is in none.
    """

    mara: Person
    ben: Person
    nora: Person
    eve: Person
    hanna: Person
    olga: Person
    vera: Person
    otto: Person
    ada: Person
    jo: Person
    lin: Person
    priya: Person
    lee: Person
    kim: Person
    question: str
    answer: str
    note: str
    inside: str
    inside_comment: str
    elsewhere: str
    egg: str
    plan: str
    photo: str
    """What Jo asked, what Mara answered, the side note; what was said in Service, Pilot and Nightjar; two pictures."""

    def __init__(self, session: Session) -> None:
        for name in ("Mara Lindqvist", "Ben Okafor", "Nora Quist", "Eve Adeyemi", "Hanna Weiss", "Olga Petrov"):
            self._employee(session, name)
        self._employee(session, "Vera Stone")
        self._employee(session, "Otto Berg")
        self._employee(session, "Ada Root", is_admin=True)
        self.harbour_foods = factories.organisation(session, "Harbour Foods")
        self.lindenhof = factories.organisation(session, "Lindenhof")
        self.northwind = factories.organisation(session, "Northwind")
        for name, organisation in (
            ("Jo Reyes", self.harbour_foods),
            ("Lin Zhao", self.harbour_foods),
            ("Priya Nair", self.lindenhof),
            ("Lee Gone", self.harbour_foods),
            ("Kim Other", self.northwind),
        ):
            first = name.split()[0].lower()
            email = f"{first}@example.com"
            setattr(self, first, factories.customer(session, name, email=email, organisation_id=organisation.id))
        self.service = factories.group(
            session, self.mara, self.ben, self.nora, name="Service", department="service", purpose="Help"
        )
        self.logistics = factories.group(session, self.eve, name="Logistics", department="logistics", purpose="Bring")
        self.hr = factories.group(session, self.hanna, name="HR", department="hr", restricted=True, purpose="People")
        self.nightjar = factories.group(
            session, self.olga, self.vera, name="Project Nightjar", purpose="To be told later", joining="invite"
        )
        self.team = factories.space(session, self.service)
        self.nest = factories.space(session, self.nightjar)
        customers = (self.jo, self.lin, self.priya, self.lee)
        self.kitchens = factories.customer_space(session, self.service, self.mara, *customers, name="Kitchens")
        self.side = side_of(session, self.kitchens.id)
        self.pilot = factories.customer_space(session, self.logistics, self.eve, self.kim, name="Pilot")
        for space in (self.kitchens, self.side):
            admit(session, space, self.ben)
        dismiss(session, self.kitchens.id, self.lee.id)

    def _employee(self, session: Session, name: str, **fields: Any) -> None:
        first = name.split()[0].lower()
        setattr(self, first, factories.employee(session, name, email=f"{first}@ours.example", **fields))

    @property
    def outsiders(self) -> list[Person]:
        """Those who may see nothing of Kitchens: an employee elsewhere, a colleague of the same department, an
        administrator, a customer elsewhere, a former customer."""
        return [self.otto, self.nora, self.ada, self.kim, self.lee]


def build(template: Path, folder: Path) -> Town:
    """Let the town live for a while in a database and a folder of files of its own."""
    shutil.copyfile(template, folder / "portal.db")
    app = create_app(Settings(database_url=f"sqlite:///{folder / 'portal.db'}", var=folder, _env_file=None))
    database, store = app.state.portal.database, app.state.portal.files

    def act(person: Person, action: Callable[..., Any], *given: Any) -> Any:
        with viewer_session(database, viewer_of(person), write=True) as session:
            session.info["actor_id"] = person.id
            return action(session, viewer_of(person), *given)

    with system_session(database) as session:
        town = Town(session)
    _live(town, act, store)
    outbox.deliver_all(work_of(app.state.portal).open_session)
    database.dispose()
    return town


def _live(town: Town, act: Callable[..., Any], store: Any) -> None:
    """What everybody said, in each place."""

    def bring(person: Person, space: Any, name: str) -> str:
        return str(act(person, files.upload, space.id, name, BytesIO(picture()), store, 10**6).id)

    town.question = act(
        town.jo, posts.publish_post, town.kitchens.id,
        PostForm(kind="question", title="Which filter fits?", body="The old filter is gone, @Mara Lindqvist."),
    )  # fmt: skip
    town.answer = act(town.mara, posts.publish_comment, town.question, CommentForm(body="The blue one, @Jo Reyes."))
    town.note = act(
        town.ben, posts.publish_side_note, town.question, CommentForm(body=f"Refund {BESIDE}, @Mara Lindqvist.")
    )
    town.plan = bring(town.ben, town.team, "plan.jpg")
    town.inside = act(
        town.ben, posts.publish_post, town.team.id,
        PostForm(title=f"Margin {INSIDE}", body=f"The {INSIDE} margin, @Nora Quist. ![plan](/files/{town.plan})"),
    )  # fmt: skip
    town.inside_comment = act(
        town.nora, posts.publish_comment, town.inside, CommentForm(body=f"Keep the {INSIDE} to us.")
    )
    town.photo = bring(town.eve, town.pilot, "pilot.jpg")
    town.elsewhere = act(
        town.kim, posts.publish_post, town.pilot.id,
        PostForm(kind="question", title=f"When does the {ELSEWHERE} come?", body=f"We wait for the {ELSEWHERE}."),
    )  # fmt: skip
    act(
        town.eve, posts.publish_comment, town.elsewhere,
        CommentForm(body=f"The {ELSEWHERE}: ![picture](/files/{town.photo})"),
    )  # fmt: skip
    town.egg = act(town.olga, posts.publish_post, town.nest.id, PostForm(title="Nightjar", body="Nobody knows yet."))
    act(
        town.hanna, listening.record_heard,
        HeardForm(kind="call", text=f"My manager saw the {HEARD_BY_HR}", name="Heron Hart", department="hr"),
    )  # fmt: skip
