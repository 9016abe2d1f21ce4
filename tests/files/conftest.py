import pytest

from tests.app_fixtures import OpenSession
from tests.files.people import Scene


@pytest.fixture
def scene(system: OpenSession) -> Scene:
    with system() as session:
        return Scene(session)
