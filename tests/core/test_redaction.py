# SPDX-License-Identifier: MIT
"""The redactor against its corpus, and its laws: total, idempotent, bounded, and blind to where a secret stands."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from errcore.jsonsafe import Bounds
from errcore.redaction import REDACTED, Redactor, assignments, is_secret_key, keys, patterns, urls

# Run, not imported: the folders of tests are no packages, and not on the path.
CORPUS = runpy.run_path(str(Path(__file__).with_name("redaction_corpus.py")))
AWS, GITHUB, JWT, OPENAI = (CORPUS[name] for name in ("AWS", "GITHUB", "JWT", "OPENAI"))
SECRETS: list[tuple[str, list[str], list[str]]] = CORPUS["SECRETS"]
LOOK_ALIKES: list[str] = CORPUS["LOOK_ALIKES"]
SECRET_KEYS: list[str] = CORPUS["SECRET_KEYS"]
PLAIN_KEYS: list[str] = CORPUS["PLAIN_KEYS"]

REDACTOR = Redactor()
LAWS = settings(deadline=None, derandomize=True, max_examples=2 * settings.default.max_examples)

PIECES = st.sampled_from(
    [text for text, _, _ in SECRETS]
    + LOOK_ALIKES
    + [
        "password=",
        "token: ",
        '"secret": "',
        "://",
        "@",
        "Bearer ",
        "-----BEGIN A KEY-----\n",
        "-----END",
        "eyJ",
        "\\",
        '"',
        "'",
    ]
    + [
        "[",
        "(",
        "{",
        "]",
        ")",
        "}",
        "=",
        ":",
        ",",
        " ",
        "\n",
        "\ud800",
        "4111",
        "...<5 more chars>",
        REDACTED,
        "<3 more items>",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(PIECES, max_size=8).map("".join),
    st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=8).map(" ".join),
    st.tuples(PIECES, st.integers(1, 3000)).map(lambda pair: (pair[0] * pair[1])[:20_000]),
)


# --- the corpus ---


def test_corpus_is_large_enough() -> None:
    """The corpus is the specification, so it must be a broad one."""
    assert sum(len(secrets) for _, secrets, _ in SECRETS) >= 120
    assert len(LOOK_ALIKES) >= 80


@pytest.mark.parametrize(("text", "secrets", "stays"), SECRETS, ids=range(len(SECRETS)))
def test_secret_vanishes_and_the_rest_stays(text: str, secrets: list[str], stays: list[str]) -> None:
    """Each secret of the corpus is gone, what surrounds it can still be read, and a second pass changes nothing."""
    masked = REDACTOR.text(text)

    assert [secret for secret in secrets if secret in masked] == []
    assert [fragment for fragment in stays if fragment not in masked] == []
    assert REDACTED in masked
    assert REDACTOR.text(masked) == masked


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alike_is_left_alone(text: str) -> None:
    """What only looks like a secret comes back unchanged."""
    assert REDACTOR.text(text) == text


@pytest.mark.parametrize("name", SECRET_KEYS)
def test_secret_key(name: str) -> None:
    """Names of secrets are known in every spelling."""
    assert is_secret_key(name)


@pytest.mark.parametrize("name", PLAIN_KEYS)
def test_plain_key(name: str) -> None:
    """A name that only contains the letters of a secret one is not one."""
    assert not is_secret_key(name)


# --- the key rule ---


def test_key_rule_looks_at_both_ends_of_a_long_name() -> None:
    """A name of any length is judged without being kept whole."""
    assert is_secret_key("x" * 10_000_000 + "_password")
    assert is_secret_key("password_" + "x" * 10_000_000)
    assert not is_secret_key("x" * 10_000_000)


def test_key_rule_folds_compatible_letters() -> None:
    """Fullwidth letters spell the same word."""
    assert is_secret_key("\uff30\uff21\uff33\uff33\uff37\uff2f\uff32\uff24")


def test_key_caches_are_bounded() -> None:
    """Names come from requests: the caches keep a bounded number of bounded names."""
    rule = keys.key_rule(["extra"])
    for number in range(5000):
        is_secret_key(f"name{number}")
        rule(f"name{number}")
        keys.is_secret_phrase(f"word name{number}")

    assert keys._known.cache_info().currsize <= 2048
    assert keys.is_secret_phrase.cache_info().currsize <= 1024


def test_extra_keys_are_whole_words() -> None:
    """A further name is found in every spelling, as words anywhere in a name, in text and in data."""
    redactor = Redactor(extra_keys=["customer-no", "Kennwort", "", "7"])

    assert redactor.text("customerNo=17 KENNWORT: abc customers=3 no=5") == (
        "customerNo=[redacted] KENNWORT: [redacted] customers=3 no=5"
    )
    assert redactor.data({"oldCustomerNo": 1, "customer": 2, "password": 3}) == {
        "oldCustomerNo": REDACTED,
        "customer": 2,
        "password": REDACTED,
    }
    assert Redactor(extra_keys="kennwort").extra_keys == ("kennwort",)


# --- text ---


def test_emails_can_stay() -> None:
    """Addresses are masked unless the service needs them."""
    assert Redactor(emails=False).text("jo@example.com pin=1") == "jo@example.com pin=[redacted]"


def test_long_text_is_cut_and_says_so() -> None:
    """What comes after the limit is dropped and counted; a second pass keeps the count."""
    masked = REDACTOR.text("a " * 50_000)

    assert len(masked) <= 8192
    assert re.search(r"\.\.\.<\d+ more chars>\Z", masked)
    kept, _, count = masked.rpartition("...<")
    assert len(kept) + int(count.split()[0]) == 100_000
    assert REDACTOR.text(masked) == masked


@pytest.mark.parametrize(
    "secret", [AWS, GITHUB, OPENAI, JWT, "4111 1111 1111 1111", "hunter2-hunter2", "jo@example.com"]
)
@pytest.mark.parametrize("limit", [64, 256])
def test_secret_at_the_cut_does_not_survive(secret: str, limit: int) -> None:
    """Wherever a secret stands relative to the limit and to the window, no useful part of it is left."""
    redactor = Redactor(limit=limit)
    lead = "password=" if secret.startswith("hunter2") else "x "
    for before in (*range(limit - 60, limit + 10), *range(limit + 440, limit + 520)):
        masked = redactor.text("-" * before + " " + lead + secret + " and more" * 200)
        assert secret[:9] not in masked
        assert len(masked) <= limit


@pytest.mark.parametrize("before", [0, 100, 300, 1000])
@pytest.mark.parametrize("size", [300, 1000, 3000])
def test_url_longer_than_the_window_does_not_show_its_password(before: int, size: int) -> None:
    """A password whose "@" is beyond what is looked at is masked up to the end."""
    masked = Redactor(limit=256).text(f"{'a ' * before}postgres://u:hunter2{'z/' * size}@db")

    assert "hunter2" not in masked
    assert "z/" not in masked


def test_masking_before_the_cut_does_not_pull_in_what_follows() -> None:
    """Masks are shorter than what they replace; even then nothing from the unseen end of the window is shown."""
    for size in range(500, 620):
        masked = Redactor(limit=128).text(f"eyJ{'a' * size} 4111 1111 1111 1111 and more {'z ' * 400}")
        assert "4111" not in masked


def test_cut_does_not_halve_a_mask() -> None:
    """Half a mask would look like a value; it is left out instead, and the result is stable."""
    redactor = Redactor(limit=64)
    for size in range(60):
        masked = redactor.text("y" * size + " pin=1234 " + "z" * 100)
        assert "[redacted" not in masked.replace(REDACTED, "")
        assert redactor.text(masked) == masked


def test_text_that_never_comes_to_rest_is_dropped() -> None:
    """A text that changes with every pass is hostile, and is replaced as a whole."""
    assert REDACTOR.text(AWS * 100) == REDACTED


def test_text_of_other_objects() -> None:
    """Anything may arrive where a text was promised."""

    class Text(str):
        __slots__ = ()

        def __str__(self) -> str:
            raise RuntimeError

    assert REDACTOR.text(Text("pin=1234")) == "pin=[redacted]"
    assert REDACTOR.text(ValueError("pin=1234")) == "pin=[redacted]"
    assert REDACTOR.text(None) == "None"
    assert REDACTOR.text(b"pin=1234") == "<bytes: 8>"


def test_failure_gives_a_fixed_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the redactor fails, the raw text is not shown; the fixed text is stable."""

    def broken(text: str) -> str:
        raise RuntimeError(text)

    monkeypatch.setattr(patterns, "mask_cards", broken)
    masked = REDACTOR.text("pin=1234")
    data = REDACTOR.data({"note": "pin=1234"})
    monkeypatch.undo()

    assert masked == "[redacted: the redactor failed]"
    assert REDACTOR.text(masked) == masked
    assert "1234" not in str(data)


def test_credentials_and_words_after_a_scheme() -> None:
    """Base64 that holds no colon, or is broken, is judged by its looks only."""
    assert (
        REDACTOR.text("Basic plan, Basic abcde, Basic ab=c, Basic ÄÖ")
        == "Basic plan, Basic abcde, Basic ab=c, Basic ÄÖ"
    )
    assert REDACTOR.text("Basic ab-cdefg") == "Basic ab-cdefg"
    assert REDACTOR.text("Token A-B-C-D, Token X1Y2Z3W4") == "Token A-B-C-D, Token [redacted]"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Cookie: ", "Cookie: "),
        ("password=", "password="),
        ("password=&x=1", "password=&x=1"),
        ("password=''", "password=''"),
        ("password", "password"),
        ("<password>", "<password>"),
        ("<password>abc", "<password>[redacted]"),
        ("password>5", "password>5"),
        ("'password', x", "'password', x"),
        ("('password', x)", "('password', x)"),
        ("['password', 'email']", "['password', 'email']"),
        ("password', 'x'", "password', 'x'"),
        ("x password', 'x'", "x password', 'x'"),
        ("password.value=a1", "password.value=[redacted]"),
        ("password.=a1", "password.=[redacted]"),
        ("password=f(a)(b) x", "password=[redacted] x"),
        ("password=f(a(b(c x=1", "password=[redacted] x=1"),
        ("password=[a](b x", "password=[redacted] x"),
        ("password=]a b", "password=[redacted] b"),
        ("password=[[a], (b)] x", "password=[redacted] x"),
        ("'Cookie: a=b' x", "'Cookie: [redacted]' x"),
        ("'Cookie: a=b", "'Cookie: [redacted]"),
        ("'Cookie': a=b' x", "'Cookie': [redacted]"),
        ("token: digest a=b c\nd", "token: [redacted]\nd"),
        ('"token\\": \\"a"b', '"token\\": \\"[redacted]"b'),
        ("--password", "--password"),
        ("-----END X-----", "[redacted]"),
        ("a b\n\n-----END X-----", "a b\n\n[redacted]"),
        ("-----END X----- a -----BEGIN KEY-----\nabc", "[redacted] a [redacted]"),
        (
            "-----BEGIN A-----\na-----END A-----b-----BEGIN B-----\nc-----END B-----d",
            "[redacted]b[redacted]d",
        ),
        ("4111 1111", "4111 1111"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("1111 4111 1111 1111 1111 1", "1111 [redacted] 1"),
        ("9999 9999 9999 9999 9999 9999 9999", "9999 9999 9999 9999 9999 9999 9999"),
    ],
)
def test_edges_of_the_patterns(text: str, masked: str) -> None:
    """Where a value ends, or that there is none, at the edges that the corpus does not reach."""
    assert REDACTOR.text(text) == masked
    assert REDACTOR.text(masked) == masked


@LAWS
@given(TEXTS)
@example("password=\n...<5 more chars>")
@example("a" * 70 + "...<5 more chars>")
@example("...<005 more chars>")
@example("...<five more chars>")
def test_text_is_total_idempotent_and_bounded(text: str) -> None:
    """Any text gives an encodable, bounded text; a second pass changes nothing."""
    for redactor in (REDACTOR, Redactor(limit=100, emails=False)):
        masked = redactor.text(text)

        masked.encode()
        assert len(masked) <= redactor.limit
        assert redactor.text(masked) == masked


PLANTED = [
    AWS,
    GITHUB,
    OPENAI,
    JWT,
    "password=planted1",
    '"token": "planted1"',
    "Authorization: Basic cGxhbnRlZDE6eA==",
    "https://u:planted1@h/x",
    "planted1@example.com",
]


@LAWS
@given(st.text(max_size=300), st.sampled_from(PLANTED), st.text(max_size=300))
def test_planted_secret_vanishes(before: str, secret: str, after: str) -> None:
    """Whatever stands around it, a secret with a blank on each side is found."""
    masked = REDACTOR.text(f"{before} {secret} {after}")

    visible = ["planted1", "cGxhbnRlZDE6eA", AWS, GITHUB, OPENAI, JWT]
    assert [part for part in visible if part in masked and part in secret] == []


# --- data ---


@attrs.define
class Login:
    user: str
    password: str
    note: str = attrs.field(default="pin=1234", repr=False)


@dataclass
class Card:
    holder: str
    number: str
    cvv: int = 123
    hidden: str = field(default="x", repr=False)


class Slotted:
    """Neither an attrs class nor a dataclass."""

    password = "x"


def test_data_hides_by_name_everywhere() -> None:
    """The key rule reaches dicts in tuples in lists, objects, pairs, header lists, name/value objects, command lines."""
    raw = {
        "user": {"password": "hunter2", "name": "bob"},
        "mixed": [
            ({"accessToken": "hunter2"},),
            Login("bob", "hunter2"),
            Card("Bob", "4111111111111111"),
            Slotted(),
        ],
        "headers": [
            ("Authorization", "Basic x"),
            ["X-Api-Key", "hunter2"],
            (b"cookie", b"a"),
            (b"secret", "hunter2"),
        ],
        "pair": ("password", "hunter2"),
        "missing": ["password", "email"],
        "har": [{"name": "X-Auth-Token", "value": "hunter2"}, {"key": "theme", "value": "dark"}],
        "argv": ["run", "--password", "hunter2", "--host", "db", "--token=hunter2", "on"],
        b"secret": "hunter2",
        "text": 'body {"password": "hunter2"}',
        ("pin", 1): "hunter2",
    }
    data = REDACTOR.data(raw)

    assert "hunter2" not in str(data)
    assert data == {
        "user": {"password": REDACTED, "name": "bob"},
        "mixed": [
            [{"accessToken": REDACTED}],
            {"user": "bob", "password": REDACTED, "note": REDACTED},
            {"holder": "Bob", "number": REDACTED, "cvv": REDACTED, "hidden": REDACTED},
            "<Slotted>",
        ],
        "headers": [
            ["Authorization", REDACTED],
            ["X-Api-Key", REDACTED],
            ["<bytes: 6>", REDACTED],
            ["<bytes: 6>", REDACTED],
        ],
        "pair": ["password", REDACTED],
        "missing": ["password", "email"],
        "har": [{"name": "X-Auth-Token", "value": REDACTED}, {"key": "theme", "value": "dark"}],
        "argv": ["run", "--password", REDACTED, "--host", "db", "--token=[redacted]", "on"],
        "secret": REDACTED,
        "text": 'body {"password": "[redacted]"}',
        "(pin, 1)": REDACTED,
    }


def test_data_masks_keys_too() -> None:
    """A key may hold a secret itself, and two keys that are masked alike stay two entries."""
    assert REDACTOR.data({"jo@example.com": 1, "al@example.com": 2}) == {REDACTED: 1, f"{REDACTED}~2": 2}


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (4111111111111111, REDACTED),
        (-4111111111111111, f"-{REDACTED}"),
        (4111111111111111.0, REDACTED),
        (4111111111111112, 4111111111111112),
        (4111111111111112.0, 4111111111111112.0),
        (1700000000000, 1700000000000),
        (1e300, 1e300),
        (float("inf"), None),
        (17.5, 17.5),
    ],
)
def test_data_masks_numbers_that_are_card_numbers(number: float, shown: object) -> None:
    """A card number is one as a number, too; in small dicts, in lists and by itself."""
    assert REDACTOR.data({"n": number}) == {"n": shown}
    assert REDACTOR.data({"n": [number]}) == {"n": [shown]}
    assert REDACTOR.data(number) == shown


@pytest.mark.parametrize("name", ["Name", "key", "HEADER", "Field", "param", "parameter", "variable"])
def test_data_hides_by_a_name_next_to_the_value(name: str) -> None:
    """Entries name what they hold under several keys, in any case; a plain name keeps its value."""
    assert REDACTOR.data({name: "password", "Value": "x"}) == {name: "password", "Value": REDACTED}
    assert REDACTOR.data([{name: "theme", "VALUE": "x"}]) == [{name: "theme", "VALUE": "x"}]
    assert REDACTOR.data({name: "theme", "id": 1, "Key": "pin", "value": 5})["value"] == REDACTED


SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXTS,
    st.binary(max_size=8),
    st.datetimes(),
    st.uuids(),
    st.decimals(),
    st.sampled_from(
        [
            "password",
            "--token",
            "value",
            "name",
            "...",
            "<3 more items>",
            "secret",
            b"secret",
            Login("a", "b"),
            ValueError("x"),
        ]
    ),
)
HASHABLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    PIECES,
    st.sampled_from(["password", "...", "name", "value", b"pin"]),
)
DATA: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=12),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(HASHABLE, st.tuples(HASHABLE, HASHABLE)), inner, max_size=12),
        st.frozensets(HASHABLE, max_size=6),
    ),
    max_leaves=40,
)


@LAWS
@given(DATA)
def test_data_is_total_idempotent_and_json(obj: object) -> None:
    """Any object gives JSON data, and a second conversion changes nothing, also where bounds are reached."""
    for redactor in (REDACTOR, Redactor(bounds=Bounds(depth=3, items=3, text=64, total=200))):
        data = redactor.data(obj)

        assert json.loads(json.dumps(data, ensure_ascii=False, allow_nan=False)) == data
        assert redactor.data(data) == data


# --- cost ---


@pytest.mark.parametrize(
    "piece", ["a.", "eyJ", "-----BEGIN", "://", "password=", "\\", "1", " ", '"', "'", "a=", "@", "pin=1&"]
)
def test_cost_does_not_grow_beyond_the_limit(piece: str) -> None:
    """What is looked at is capped: the passes see a window of the limit plus its margin, however long the text is."""
    seen: list[int] = []

    class Watched(Redactor):
        def _once(self, text: str) -> str:
            seen.append(len(text))
            return super()._once(text)

    Watched(limit=1000).text(piece * 1_000_000)

    assert len(seen) <= 5
    assert max(seen) <= 1512


def test_patterns_have_no_unbounded_backtracking() -> None:
    """Each repetition in a pattern is possessive, atomic or bounded: none can give back what it took, over and over."""
    compiled = [*vars_of(patterns._compiled()), *vars_of(assignments._compiled()), *vars_of(urls._compiled())]
    loose = [
        (name, found[0])
        for name, pattern in compiled
        for found in re.finditer(
            r"(?<!\\)(?:[*+]|\{\d+,\})(?![+?])(?<![*+?}]\+)", strip_classes(pattern.pattern)
        )
    ]

    # The domain of an address: labels that end in a dot each, so that there is one way only to match them.
    assert loose == [("email", "+")]


def vars_of(values: Any) -> list[tuple[str, re.Pattern[str]]]:
    """The compiled patterns with their names."""
    return [(entry.name, getattr(values, entry.name)) for entry in attrs.fields(type(values))]


def strip_classes(pattern: str) -> str:
    """A pattern without comments and character classes, in which `+` and `*` are only quantifiers."""
    return re.sub(r"\\.|\[(?:[^\]\\]|\\.)*\]|[ ]{2,}\#.*", "C", pattern)


def test_import_compiles_nothing() -> None:
    """The patterns are compiled at the first use: importing the package costs no time for them."""
    code = (
        "import re, sys; seen = []; real = re.compile; re.compile = lambda *a, **k: (seen.append(a), real(*a, **k))[1]\n"
        "import attrs; seen.clear(); import errcore.redaction; print(len(seen))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "0"
