"""Auth: keys, logins and one-use links."""

import pytest
from starlette.datastructures import Headers

from danlu.api.auth import SYSTEM, TOUCH_S, Auth
from danlu.api.problems import ThrottledError
from danlu.errors import UnauthenticatedError
from danlu.store.backends.memory import MemoryStore
from danlu.store.records import Key, Login, Project
from danlu.workspace.keys import digest

HOUR = 3600.0


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auth(clock: Clock) -> Auth:
    store = MemoryStore()
    with store.begin(SYSTEM) as tx:
        tx.insert(Project(name="default", created_at=0))
        tx.insert(
            Key(
                id="k1", project="default", name="ann", role="editor", prefix="se",
                sha256=digest("secret"), created_at=0,
            )
        )  # fmt: skip
    return Auth(store, cookie="danlu_1", now=clock)


def cookie(session: str) -> Headers:
    return Headers({"cookie": f"other=1; danlu_1={session}"})


def test_a_key_becomes_a_session_that_is_another_secret(auth: Auth) -> None:
    session = auth.login("secret", address="1.1.1.1")
    who = auth.identify(cookie(session))
    assert session != "secret"
    assert who is not None
    assert (who.name, who.role) == ("ann", "editor")


def test_the_store_never_holds_the_session_itself(auth: Auth) -> None:
    session = auth.login("secret", address="1.1.1.1")
    with auth.store.begin(SYSTEM, write=False) as tx:
        assert [login.sha256 for login in tx.all(Login)] == [digest(session)]


def test_a_wrong_key_opens_no_session(auth: Auth) -> None:
    with pytest.raises(UnauthenticatedError):
        auth.login("wrong", address="1.1.1.1")


def test_logging_out_ends_the_session_at_once(auth: Auth) -> None:
    session = auth.login("secret", address="1.1.1.1")
    assert auth.identify(cookie(session)) is not None
    auth.logout(cookie(session))
    assert auth.identify(cookie(session)) is None


def test_a_link_works_one_time(auth: Auth) -> None:
    link = auth.link("k1")
    assert auth.identify(cookie(auth.redeem(link, address="1.1.1.1"))) is not None
    with pytest.raises(UnauthenticatedError):
        auth.redeem(link, address="1.1.1.1")


def test_a_link_is_no_session(auth: Auth) -> None:
    assert auth.identify(cookie(auth.link("k1"))) is None


def test_a_session_is_no_link(auth: Auth) -> None:
    session = auth.login("secret", address="1.1.1.1")
    with pytest.raises(UnauthenticatedError):
        auth.redeem(session, address="1.1.1.1")


def test_a_link_is_too_old_after_a_quarter_of_an_hour(auth: Auth, clock: Clock) -> None:
    link = auth.link("k1")
    clock.now += 901
    with pytest.raises(UnauthenticatedError):
        auth.redeem(link, address="1.1.1.1")


def test_an_idle_session_is_over_after_twelve_hours(auth: Auth, clock: Clock) -> None:
    session = auth.login("secret", address="1.1.1.1")
    clock.now += 12 * HOUR + 1
    assert auth.identify(cookie(session)) is None


def test_a_session_in_use_goes_on(auth: Auth, clock: Clock) -> None:
    session = auth.login("secret", address="1.1.1.1")
    clock.now += 8 * HOUR
    assert auth.identify(cookie(session)) is not None
    clock.now += 8 * HOUR + TOUCH_S
    assert auth.identify(cookie(session)) is not None


def test_a_revoked_key_ends_its_sessions(auth: Auth) -> None:
    session = auth.login("secret", address="1.1.1.1")
    with auth.store.begin(SYSTEM) as tx:
        tx.replace(tx.get(Key, "k1").model_copy(update={"revoked_at": 1.0}))
    auth.forget()
    assert auth.identify(cookie(session)) is None
    with pytest.raises(UnauthenticatedError):
        auth.login("secret", address="1.1.1.1")


def test_guessing_is_throttled_by_address(auth: Auth) -> None:
    for number in range(20):
        with pytest.raises(UnauthenticatedError):
            auth.login(f"guess-{number}", address="6.6.6.6")
    with pytest.raises(ThrottledError):
        auth.login("guess-20", address="6.6.6.6")
    assert auth.login("secret", address="1.1.1.1")


def test_a_broken_cookie_is_nobody(auth: Auth) -> None:
    assert auth.identify(Headers({"cookie": 'danlu_1="\x01;;=,'})) is None
