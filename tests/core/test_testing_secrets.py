# SPDX-License-Identifier: MIT
"""`assert_no_secret` finds a canary wherever it leaves and however it is written, and never says it itself."""

from __future__ import annotations

import dataclasses
import gzip
import html
import io
import json
import logging
import os
import subprocess
import sys
import tracemalloc
import zlib
from array import array
from base64 import b64encode, urlsafe_b64encode
from collections import deque
from urllib.parse import quote, quote_plus

import attrs
import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from errcore import (
    ConfigurationError,
    NotFoundError,
    Occurrence,
    Reply,
    Runtime,
    internal,
    secret,
)
from errcore.testing import RecordedEvents, assert_no_secret
from errcore.testing.answers import Answer
from errcore.testing.disguises import Disguises
from errcore.testing.wsgi import WsgiDriver

CANARY = "hunter2-Xy7/é"
PLAIN = "hunter2-Xy7"


def where(*things, canary=PLAIN):
    """What the failure says, which must not have the canary in it."""
    with pytest.raises(AssertionError) as failure:
        assert_no_secret(*things, canary=canary)
    text = str(failure.value)
    assert Disguises(canary).in_text(text) is None
    assert failure.value.__context__ is None
    return text.partition("\n")[0].removeprefix("the secret is in ")


WAYS = {
    "plain": lambda word: word,
    "upper": lambda word: word.upper(),
    "quoted": lambda word: quote(word, safe=""),
    "quoted twice": lambda word: quote(quote(word, safe=""), safe=""),
    "every sign quoted": lambda word: "".join(f"%{byte:02x}" for byte in word.encode()),
    "form": lambda word: quote_plus(word),
    "json": lambda word: json.dumps({"a": word}),
    "json in json": lambda word: json.dumps({"a": json.dumps({"b": word})}),
    "every sign escaped": lambda word: "".join(
        f"\\u{unit:04X}" for unit in memoryview(word.encode("utf-16-le")).cast("H")
    ),
    "repr": lambda word: repr([word]),
    "ascii": lambda word: ascii(word),
    "repr of bytes": lambda word: repr(word.encode()),
    "html": lambda word: f"<p>{html.escape(word)}</p>",
    "html numbers": lambda word: "".join(f"&#{ord(sign)};" for sign in word),
    "hex": lambda word: word.encode().hex(),
    "upper hex": lambda word: f"X{word.encode().hex().upper()}X",
    "base64": lambda word: b64encode(word.encode()).decode(),
    "basic auth": lambda word: "Basic " + b64encode(f"admin:{word}".encode()).decode(),
    "base64 at 1": lambda word: b64encode(f"x{word}yz".encode()).decode(),
    "base64 at 2": lambda word: b64encode(f"xy{word}y".encode()).decode(),
    "base64 for URLs": lambda word: urlsafe_b64encode(f"?{word}?".encode()).decode().rstrip("="),
    "base64 in lines": lambda word: "\n".join(
        b64encode(f"x{word}yz".encode()).decode()[at : at + 5] for at in range(0, 40, 5)
    ),
    "base64 in a URL": lambda word: quote(b64encode(f"xy{word}y".encode()).decode(), safe=""),
    "html in json": lambda word: json.dumps(html.escape(f"'{word}'")),
}


@pytest.mark.parametrize(
    "canary", [PLAIN, CANARY, "a b+c&d\"e'f", "日本語のひみつ", "\U0001f511 key 7"], ids=range(5)
)
@pytest.mark.parametrize("way", WAYS)
def test_every_disguise_is_seen_through(way, canary):
    """As text and as bytes, in the middle of other words."""
    text = f"before {WAYS[way](canary)} after"

    assert where(text, canary=canary).startswith("argument 1 (str): ")
    assert where(text.encode(), canary=canary).startswith("argument 1 (bytes): ")


@pytest.mark.parametrize(
    "data",
    [
        CANARY.encode("utf-16-le"),
        CANARY.encode("utf-16"),
        b"x" + CANARY.encode("utf-16-be"),
        CANARY.encode("latin-1"),
        b"\xff\xfe" + CANARY.encode(),
        gzip.compress(CANARY.encode()),
        zlib.compress(json.dumps(CANARY).encode()),
        bytearray(CANARY.encode()),
    ],
    ids=range(8),
)
def test_bytes_of_all_sorts(data):
    """Other charsets, broken ones, compressed bodies."""
    where(data, canary=CANARY)


def test_bytes_that_only_look_compressed():
    """They are read as they are."""
    assert_no_secret(b"x plain", b"\x1f\x8b broken", b"\x78", canary=PLAIN)
    assert "as it is" in where(b"x" + PLAIN.encode())
    assert "in another charset" in where(CANARY.encode().decode("latin-1"), canary=CANARY)


def test_it_says_how_it_is_written():
    """So that somebody can find it."""
    assert where(WAYS["basic auth"](PLAIN)).endswith("in base64")
    assert where(WAYS["quoted twice"](CANARY), canary=CANARY).endswith("percent-encoded")
    assert where(WAYS["base64 in a URL"](PLAIN + "?")).endswith("in base64")
    assert where(gzip.compress(PLAIN.encode())).endswith("compressed, as it is")


@given(st.text(min_size=6, max_size=20), st.text(max_size=20), st.text(max_size=20))
@example("hunter2", "%", "\\")
@example("secret-7", "&#0;", "\\x")
def test_any_word_in_any_text(word, before, after):
    """Whatever stands around it; and texts without it are clean whatever they contain."""
    text = f"{before}{word}{after}"

    assert Disguises(word).in_text(text) is not None
    assert (
        Disguises(word).in_bytes(text.encode("utf-8", "surrogatepass")) is not None or not text.isprintable()
    )
    assert Disguises("hunter2-Xy7").in_text(before + after) is None


def error(text=PLAIN, cls=ValueError, **more):
    """An exception with something in its text."""
    exc = cls(text)
    for name, value in more.items():
        setattr(exc, name, value)
    return exc


class Silent(Exception):
    """Says nothing, and keeps it in its arguments."""

    def __str__(self):
        return ""

    __repr__ = __str__


class Unspeakable(Exception):
    """Fails at whatever it is asked."""

    def __str__(self):
        raise RuntimeError(PLAIN)

    __repr__ = __reduce__ = __str__


@attrs.frozen
class Point:
    """A value of attrs with a private half."""

    x: object
    _y: object = attrs.field(default=None, repr=False)


@dataclasses.dataclass
class Pair:
    """A dataclass that does not show what it has."""

    left: object = dataclasses.field(repr=False)


class Opaque:
    """Holds something, and says nothing of it."""

    def __init__(self, held):
        self.held = held


class Telling(Opaque):
    """Says what it holds."""

    def __str__(self):
        return str(self.held)


def record(message="fine", *args, **more):
    """A log record."""
    made = logging.LogRecord("app", logging.INFO, __file__, 1, message, args, None)
    vars(made).update(more)
    return made


def noted():
    """An exception with a note."""
    exc = ValueError("x")
    exc.add_note(f"password={PLAIN}")
    return exc


def answer(status=200, headers=(), body=b"", **more):
    return Answer(status, headers, body, **more)


PLACES = [
    (error(), "argument 1 (ValueError), message: as it is"),
    (error(cls=KeyError), "argument 1 (KeyError), message"),
    (Silent(PLAIN), "argument 1 (Silent), args, at [0]"),
    (noted(), "argument 1 (ValueError), notes, at [0]"),
    (error("x", __cause__=error()), "argument 1 (ValueError), cause, message"),
    (error("x", __context__=error()), "argument 1 (ValueError), context, message"),
    (error("x", __context__=error(), __suppress_context__=True), "argument 1 (ValueError), context, message"),
    (ExceptionGroup("x", [error("x"), error()]), "argument 1 (ExceptionGroup)"),
    (error("x", request={"authorization": PLAIN}), "argument 1 (ValueError), pickled form"),
    (record(f"user {PLAIN}"), "argument 1 (LogRecord), message"),
    (record("user %s", PLAIN), "argument 1 (LogRecord), message"),
    (record("x", exc_info=(ValueError, error(), None)), "exc_info of the record, at [1], message"),
    (record("x", exc_text=f"Traceback {PLAIN}"), "exc_text of the record"),
    (record("x", user={"token": PLAIN}), "user of the record, at ['token']"),
    (record("%d", PLAIN), "args of the record, at [0]"),
    ({"a": [1, {"b": (PLAIN,)}]}, "argument 1 (dict), at ['a'], at [1], at ['b'], at [0]"),
    ({PLAIN: 1}, "argument 1 (dict), a key"),
    ({PLAIN: {"x": PLAIN}}, "argument 1 (dict), a key"),
    ({PLAIN}, "argument 1 (set), at [0]"),
    (frozenset([PLAIN]), "argument 1 (frozenset), at [0]"),
    (deque([b"", PLAIN.encode()]), "argument 1 (deque), at [1]"),
    ([b"hunt", b"er2-Xy7"], "argument 1 (list), joined"),
    (("hunt", "er2-Xy7"), "argument 1 (tuple), joined"),
    (io.StringIO(PLAIN), "argument 1 (StringIO), what was written"),
    (io.BytesIO(PLAIN.encode()), "argument 1 (BytesIO), what was written"),
    (Point(PLAIN), "argument 1 (Point), x"),
    (Pair(PLAIN), "argument 1 (Pair), left"),
    (Telling(PLAIN), "argument 1 (Telling), str"),
    (answer(body=PLAIN.encode()), "argument 1 (Answer), body"),
    (answer(headers=[("X-A", "1"), ("X-Debug", PLAIN)]), "argument 1 (Answer), header 'X-Debug'"),
    (answer(headers=[(PLAIN, "1")]), "argument 1 (Answer), under a name that has it, too"),
    (Reply(500, (), PLAIN.encode()), "argument 1 (Reply), body"),
    (httpx.Response(200, extensions={"reason_phrase": PLAIN.encode()}), "argument 1 (Response), status line"),
    (
        httpx.Response(200, history=[httpx.Response(302, headers={"location": f"/?t={PLAIN}"})]),
        "history, at [0]",
    ),
    (type(PLAIN, (), {}), "argument 1 (type), str"),
]


@pytest.mark.parametrize(("thing", "place"), PLACES, ids=range(len(PLACES)))
def test_every_place_is_looked_at(thing, place):
    """And the failure says which one it is."""
    assert place in where(thing)
    assert where("x", thing).startswith("argument 2")


def test_numbers_are_texts_when_they_leave():
    """A card number is one, too."""
    assert where({"card": 4111111111111111}, canary="4111111111111111").endswith("at ['card'], str: as it is")


def test_recorders_are_opened(caplog):
    """Those of errcore, pytest and unittest: passing one without its list would prove nothing."""
    with caplog.at_level(logging.WARNING, "errcore_tests_secrets"), RecordedEvents(str) as recorded:
        logging.getLogger("errcore_tests_secrets").warning(PLAIN)
        recorded.seen.append(PLAIN)

    assert "records, at [0], message" in where(caplog)
    assert "seen, at [0]" in where(recorded)


def test_what_an_application_prints():
    """`wsgi.errors` leaves the process like the answer, and a body is one in all its parts."""

    def app(environ, start_response):
        start_response("200 OK", [])
        environ["wsgi.errors"].write(f"oops {environ['PATH_INFO'][1:]}")
        return [b"hunt", b"er2-Xy7"] if environ["PATH_INFO"] == "/body" else [b"x"]

    driver = WsgiDriver(app)

    assert "errors" in where(driver.exchange("GET", f"/{PLAIN}"))
    assert "body" in where(driver.exchange("GET", "/body"))


class Stolen(NotFoundError, code="T_SECRETS_STOLEN", message="It is gone."):
    """An error with both kinds of private fields."""

    token: str = secret()
    owner: str = internal()


def test_errors_of_errcore_keep_their_secrets():
    """In the error itself, its occurrence, its events and its answer; what is internal is in the log only."""
    error = Stolen(token=PLAIN, owner="user-7391")
    with RecordedEvents() as recorded, Runtime.for_tests(log_level="critical") as runtime:
        handled = runtime.handle(error)

    assert assert_no_secret(error, handled.occurrence, handled.reply, recorded, canary=PLAIN) > 20
    assert assert_no_secret(handled.reply, canary="user-7391") > 0
    assert "internal, at ['details']" in where(handled.occurrence, canary="user-7391")
    assert "details" in where(Occurrence.of(NotFoundError(details={"a": PLAIN})))


@pytest.mark.parametrize(
    "clean",
    [
        None,
        True,
        "",
        b"",
        "nothing to see",
        [],
        {},
        Opaque(PLAIN),
        Point(1, PLAIN),
        Unspeakable(),
        record("%d", "x"),
        10**5000,
        answer(404, [("A", "b")], b"{}"),
        error("x", lock=open),
        "\\",
        "\\u12",
        "%",
        "%zz",
        "&",
        "&#xfffffff;",
        "\\Uffffffff",
        "\ud800 \\ud800 \\udc00",
    ],
    ids=range(22),
)
def test_what_is_clean_passes(clean):
    """What an object merely holds has not left; what cannot be said is not said."""
    assert assert_no_secret(clean, canary=PLAIN) >= 0
    assert assert_no_secret(clean, canary=CANARY) >= 0


def test_circles_end():
    """Data and causes that lead back to themselves are looked at once."""
    circle = [1, 2]
    circle.append(circle)
    first, second = ValueError("x"), ValueError("y")
    first.__cause__, second.__cause__ = second, first
    circle.append({"again": circle, "e": first})

    assert_no_secret(circle, canary=PLAIN)
    circle.append(PLAIN)
    assert "at [4]" in where(circle)


def test_deep_data_is_no_problem():
    """Ten thousand levels, whatever Python's limit on recursion."""
    deep = [PLAIN]
    for _ in range(10_000):
        deep = [deep]

    with pytest.raises(AssertionError, match="the secret is in"):
        assert_no_secret(deep, canary=PLAIN)


def test_more_than_can_be_searched_is_no_success():
    """It says so instead of passing."""
    with pytest.raises(AssertionError, match="not all of it was searched"):
        assert_no_secret("x" * (33 * 2**20), canary=PLAIN)
    with pytest.raises(AssertionError, match="not all of it was searched"):
        assert_no_secret([[n] for n in range(100_001)], canary=PLAIN)


def test_a_bomb_is_not_unpacked_whole():
    """A gigabyte of zeros in one body costs a few megabytes."""
    packer = zlib.compressobj()
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(256)) + packer.flush()
    tracemalloc.start()
    try:
        assert_no_secret(bomb, canary="hunter2-Xy7")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 256 * 2**20


@pytest.mark.parametrize("canary", ["", "short", None, 4111111111, b"hunter2-Xy7"], ids=range(5))
def test_a_canary_that_proves_nothing_is_refused(canary):
    """It would be found by chance, or never."""
    with pytest.raises(ConfigurationError, match="at least 6 characters"):
        assert_no_secret("x", canary=canary)


def test_looking_at_nothing_is_refused():
    """A test that forgot what to look at would always pass."""
    with pytest.raises(ConfigurationError, match="in nothing"):
        assert_no_secret(canary=PLAIN)


def test_pytest_does_not_show_the_canary_for_us(tmp_path):
    """Its report has frames with their arguments; ours are not among them."""
    (tmp_path / "test_leaky.py").write_text(
        "from errcore.testing import assert_no_secret\n"
        "WORD = '-'.join(['hunter2', 'Xy7'])\n"
        "def test_leak():\n"
        "    assert_no_secret({'a': [WORD]}, canary=WORD)\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_leaky.py"]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=alone, capture_output=True, text=True, check=False)

    assert done.returncode == 1, done.stderr
    assert "the secret is in argument 1 (dict), at ['a'], at [0]: as it is" in done.stdout
    assert PLAIN not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "thing",
    [
        lambda: (text for text in ["a", f"x {CANARY}"]),
        lambda: map(str, [CANARY]),
        lambda: memoryview(CANARY.encode()),
        lambda: array("B", CANARY.encode()),
    ],
    ids=["generator", "map", "memoryview", "array"],
)
def test_what_can_be_walked_once_is_walked(thing):
    """A generator of log messages is looked into, and not at how it is printed."""
    with pytest.raises(AssertionError, match="the secret is in argument 1"):
        assert_no_secret(thing(), canary=CANARY)
