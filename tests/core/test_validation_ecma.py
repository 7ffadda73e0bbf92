# SPDX-License-Identifier: MIT
"""Python's regular expressions in the dialect of JSON Schema."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import warnings

import pytest

from errcore.validation.patterns.ecma import ecma, means_the_same

SAME = (
    "[a-z]+", "^[a-z]+$", "a.b", "[]a]+", "[^]a]+", "[[]", "a{,3}", "a{2}", "a{2,}?", "{x}", "]", r"\-\@\ \#", r"[\-a]",
    r"[a\]b]", r"\x41\u0041", r"\012", r"\0", r"[\1\b\a]", r"\Aab\Z", "(?<=a)b", "(?<!a)b", "(?=a)(?!b).*", "ü+",
    r"[\n\t\\]", r"\/", '\\"', r'[&&\"]', "a|b|", "()", "(?:a)", "[.^$]", r"a\.b", r"[\.]", r"\$$", "(?P<n>a)b", "a??",
)  # fmt: skip
"""Those that match the same texts once they are translated."""

OTHER = (r"\d", r"[\w-]", r"\s+", r"\bfoo\b", r"a$\n", r"(a$|b)", r"(?P<n>a)\1", r"[\S]")  # fmt: skip
"""Those that mean something else there, for some texts."""

NONE = ("(?>a)", "a++", "a*+", "a?+", "a{2}+", "(?i)a", "(?i:a)", "(?#c)a", r"(?P<n>a)(?P=n)", r"(a)?(?(1)b|c)",
        r"\N{BULLET}", r"\U0001F600", r"[\U0001F600]")  # fmt: skip
"""Those that cannot be said there."""

TEXTS = ("", "a", "ab", "abc", "a\n", "a\nb", "a\rb", "a\u2028b", "]", "[", "a]", "{x}", "aaa", "aaaa", "-@ #", "-", "b",
         "\x07", "\x08", "\x01", "A", "AA", "\n", "\0", "ü", "1", "x", " ", ".", "^", "$", "\\", "/", '"', "&", '&"',
         "foo", "a.b", "$$", "aa", "\U0001f600")  # fmt: skip


@pytest.fixture(autouse=True)
def unusual_sets():
    """Python warns of sets that it may read otherwise one day."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


@pytest.mark.parametrize("regex", SAME, ids=repr)
def test_translation_matches_the_same(regex) -> None:
    """Python reads the translation as well, and it is searched for as JSON Schema does it."""
    translated = ecma(regex)

    assert means_the_same(regex)
    for text in TEXTS:
        found = re.search(rf"^(?:{translated})(?![\s\S])", text) is not None
        assert found == (re.fullmatch(regex, text) is not None), text


@pytest.mark.parametrize("regex", OTHER, ids=repr)
def test_translation_that_means_something_else_says_so(regex) -> None:
    """It is there, for a schema that says most is better than none."""
    assert ecma(regex) is not None
    assert not means_the_same(regex)


@pytest.mark.parametrize("regex", NONE, ids=repr)
def test_what_the_other_dialect_has_not(regex) -> None:
    """Flags, atomic groups, possessive quantifiers, conditions, comments, names of characters."""
    re.compile(regex)
    assert ecma(regex) is None
    assert not means_the_same(regex)


@pytest.mark.skipif(
    shutil.which("node") is None, reason="node, an engine of the other dialect, is not installed"
)
def test_an_engine_of_the_other_dialect_agrees() -> None:
    """With the flag `u`, on every expression that has a translation."""
    script = (
        "const d = JSON.parse(require('fs').readFileSync(0)); console.log(JSON.stringify(d.p.map(p => {"
        "const r = new RegExp('^(?:' + p + ')(?![\\\\s\\\\S])', 'u'); return d.t.map(t => r.test(t))})))"
    )
    asked = json.dumps({"p": [ecma(regex) for regex in (*SAME, *OTHER)], "t": TEXTS})
    answer = subprocess.run(["node", "-e", script], input=asked, capture_output=True, text=True, check=True)

    found = json.loads(answer.stdout)

    for regex, matches in zip(SAME, found[: len(SAME)], strict=True):
        assert matches == [re.fullmatch(regex, text) is not None for text in TEXTS], regex
