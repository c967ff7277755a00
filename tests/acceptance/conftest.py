"""A shop and books of its own for every test, and the office between them."""

import shutil
from functools import partial

import pytest
from tests.acceptance.office import ElbaOffice, KonturOffice, Sandbox
from tests.acceptance.till import Till

from bookkeeping.ledger import open_engine
from sandbox.app import Settings, create_app, serving


class Stage:
    """What the one server of all these tests serves: the sandbox of the present one."""

    def __init__(self):
        self.app = create_app(Settings(days=0))

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def stage():
    return Stage()


@pytest.fixture(scope="session")
def origin(stage):
    with serving(stage) as origin:
        yield origin


@pytest.fixture
def open_sandbox(stage, origin, clock):
    """Make a sandbox that lives by our clock; its shop is empty unless some days are asked for."""

    def start(**settings):
        stage.app = create_app(Settings(**{"days": 0, "limits": False, **settings}), clock=clock.time)
        return Sandbox(stage.app.state.sandbox, origin)

    return start


@pytest.fixture
def sandbox(open_sandbox):
    return open_sandbox()


@pytest.fixture
def till(sandbox):
    return Till(sandbox.parts.shop)


@pytest.fixture
def ledger_file(migrated_file, tmp_path):
    return shutil.copy(migrated_file, tmp_path / "ledger.db")


@pytest.fixture
def engine(ledger_file):
    engine = open_engine(f"sqlite:///{ledger_file}")
    yield engine
    engine.dispose()


@pytest.fixture
def new_kontur(engine, clock, tmp_path):
    return partial(KonturOffice, engine=engine, clock=clock, staging=tmp_path)


@pytest.fixture
def new_elba(engine, clock, tmp_path):
    return partial(ElbaOffice, engine=engine, clock=clock, staging=tmp_path)
