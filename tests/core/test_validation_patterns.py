# SPDX-License-Identifier: MIT
"""Patterns are judged when they are declared: linear ones are free, polynomial ones bounded, the others refused."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import ConfigurationError, InputValidator
from errcore.validation import Email, Pattern, Url, Uuid
from errcore.validation.patterns import growth
from errcore.validation.patterns.ambiguity import EndlessError, TooMuchWorkError, ambiguity, most_paths
from errcore.validation.patterns.automaton import LIMITLESS, TooLargeError, automaton_of, parsed, ways, widest
from errcore.validation.patterns.characters import UnknownPartError
from errcore.validation.patterns.growth import longest_text

LINEAR = [
    "",
    "a?",
    r"[a-z0-9]+(?:-[a-z0-9]+)*",
    r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?",
    r"\d{4}-\d{2}-\d{2}",
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})",
    (
        r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
        r"(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?"
    ),
    r"\+?\d{1,3}?[-.\s]?\(?\d{1,3}\)?[-.\s]?\d{1,4}[-.\s]?\d{1,4}[-.\s]?\d{1,9}",
    r"\+[1-9]\d{1,14}",
    r"https?://[^\s/$.?#].[^\s]*",
    r"(?=.*[A-Z])(?=.*[a-z])(?=.*\d).{8,}",
    r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
    r"(?:[0-9a-f]{2})+",
    r"(?:[0-9a-f]{512})+",
    r"(?:[0-9a-f]{2}){0,3000}",
    r".{1000,}x?",
    "(?:a|ab){10}x*",
    "(?:a{1,9}){1,5}",
    "(?:[a-f]{1,20}-){30}",
    "(?:a?b?c?d?){2}",
    "(?:ab?){300}",
    r"a{1000,}+a",
    r"(?:\d{1,3}\.){3}\d{1,3}",
    r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}",
    r"[\w.+-]+@[\w-]+\.[\w.-]+",
    r"P(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?",
    r'"(?:[^"\\]|\\.)*"',
    r"<([a-z]+)>.*</\1>",
    r"(['\"])[a-z]*\1",
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
    r"(?:(?!-->).)*",
    r"(?i)[a-zé]+",
    r"(?i:a)(?-i:A)*",
    r"(?a:\w+)é*",
    r"(?s).*",
    r"(?:[^,]*,)*[^,]*",
    r"a++b",
    r"a?+a*",
    r"(?>a+)a",
    r"(?:\w++\s?)*",
    r"(?:(?>a+)a?)+",
    r"(a)?(?(1)b|c)*",
    r"\b\w+\Z",
    r"(?!)a*a",
    r"(?:(?!)|a)*",
    r"(?>[ab]c)*",
    r"[\s\S]{1,4000}",
    r"(?:red|green|blue)*",
    Email.regex,
    Url().regex,
    Uuid.regex,
]
BOUNDED = [
    (r"[^@]+@[^@]+\.[^@]+", 445),
    (r"\w+([-+.']\w+)*@\w+([-.]\w+)*\.\w+([-.]\w+)*", 445),
    ("a*a*", 445),
    (r".*a.*b", 445),
    (r"(a+)\1", 445),
    ("(?:a|aa){7}x*", 781),
    (r"\s*.*\s*", 82),
    (r"\d+\d+\d+", 82),
    ("a*b?a*c?a*b?a*", 16),
]
REFUSED = [
    "(a+)+",
    "(a|a)*",
    "(a|aa)+",
    "(.*a){20}",
    "([a-zA-Z]+)*",
    r"(\w+\s?)*",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(x+x+)+y",
    "(a*)*",
    "(a?){30}a{30}",
    "a?" * 30 + "a" * 30,
    "(?:a|ab|b){60}",
    "(a{1,20}){1,20}x",
    "((a{0,50}){0,50}){0,50}",
    "(?:(?:a?)*b)*c",  # the empty round gives two ways out
    r"(?:(a+)\1)+",
    "(?:(?=(a+)+b)a)*",
    "(?>(a+)+)b",
    "(?i:(A|a[a]?)+)*",
    r"(.+)+@",
    r"[\w.-]+(?:\.[\w.-]+)+!",
    "(?:é|É|(?i:éx?))+!",
    "(a|b|ab)*c",
    "(?:\\d|[\u0660-\u0669]x?)*!",
    "(?:a|b|[^c]x?)*!",
]


@pytest.mark.parametrize("regex", LINEAR)
def test_linear_patterns_are_free(regex):
    """What people write for slugs, addresses, versions and the like is taken, and its texts have no bound in time."""
    assert longest_text(regex) in {None, 1_000_000}


def test_rounds_of_a_group_are_bounded_for_their_memory():
    """Each keeps some bytes until the match is done; those of one character keep none."""
    assert longest_text("[a-z]+(?:-[a-z]+)*") == 1_000_000
    assert longest_text("(?:a|bc)*d") == 1_000_000
    assert longest_text("[a-z]*-[0-9]*?") is None
    assert longest_text("(?:-[a-z]+){1,9}") is None


@pytest.mark.parametrize(("regex", "longest"), [case for case in BOUNDED if case[1] > 32])
def test_polynomial_patterns_bound_the_text(regex, longest):
    """The longer the text could keep the matcher busy, the shorter is the longest one; the schema says it, too."""
    pattern = Pattern(regex)

    assert pattern.longest == longest
    assert pattern.schema("string")["maxLength"] == longest


@pytest.mark.parametrize("regex", [*REFUSED, *(regex for regex, longest in BOUNDED if longest <= 32)])
def test_exponential_patterns_are_refused(regex):
    """A pattern that a short text keeps busy is an error of the declaration: what, why, what to do."""
    with pytest.raises(ConfigurationError, match="Cannot make Pattern, because some short text") as caught:
        Pattern(regex)

    assert "or use a rule" in str(caught.value)


def test_a_text_beyond_the_bound_meets_no_pattern():
    """It is told as too long, and the pattern is not asked."""
    v = InputValidator()
    v.field("a").pattern("a*a*")

    assert v.inspect({"a": "a" * 445}).ok
    assert [issue.code for issue in v.inspect({"a": "b" * 446}).issues] == ["TOO_LONG"]


@pytest.mark.parametrize("regex", ["(", "a{2,1}", "[", "(?P<1>a)"])
def test_what_does_not_compile_is_refused(regex):
    """The reason is that of the compiler."""
    with pytest.raises(ConfigurationError, match="does not compile") as caught:
        Pattern(regex)
    assert caught.value.__suppress_context__  # which would say it a second time


def test_a_part_that_is_not_known_is_refused(monkeypatch):
    """A later Python may have more in its expressions: then errcore cannot say how they grow."""
    tree = parsed("a*")
    tree.data.append(("LATER", None))
    with pytest.raises(UnknownPartError):
        automaton_of(tree, rounds=LIMITLESS)
    unknown_set = parsed("[a-z]*")
    unknown_set.data[0][1][2].data[0][1][0] = ("LATER", None)
    with pytest.raises(UnknownPartError):
        automaton_of(unknown_set, rounds=LIMITLESS)

    monkeypatch.setattr(growth, "parsed", lambda regex: tree)
    with pytest.raises(ConfigurationError, match="parts that errcore does not know"):
        longest_text("never seen before *")


def test_a_part_that_never_matches_has_no_paths():
    """Later Pythons have a name for it; what follows it is never read."""
    tree = parsed("a*")
    tree.data[:0] = [("FAILURE", ())]

    assert automaton_of(tree, rounds=1)[0] == []


def test_work_is_bounded():
    """An automaton that is too large is not looked at, and neither is one that would take too long."""
    with pytest.raises(TooLargeError):
        automaton_of(parsed("(?:a{40}){40}"), rounds=LIMITLESS)
    with pytest.raises(TooLargeError):
        automaton_of(parsed("(?:a?){500}"), rounds=LIMITLESS)
    with pytest.raises(TooMuchWorkError):
        ambiguity([[(to, 1) for to in range(700)] for _ in range(700)])
    with pytest.raises(TooMuchWorkError):
        most_paths([[(to, 1 << to % 8) for to in range(200)] for _ in range(200)], 50)
    with pytest.raises(ConfigurationError):
        longest_text("(?:(?:ab|cd){30}){40}(?:a?){600}")


def test_part_of_it_unknown_in_a_finite_pattern_is_refused():
    """Many ways through little text that cannot be counted in time are too many."""
    with pytest.raises(ConfigurationError):
        longest_text("(?:[a-f]?[b-g]?[c-h]?[d-i]?[e-j]?[f-k]?[g-l]?[h-m]?){8}")


def test_paths_are_counted():
    """The three verdicts of the automaton: linear, of some degree, without one."""
    assert ambiguity(automaton_of(parsed("a*b*"), rounds=LIMITLESS)) == (0, False)
    assert ambiguity(automaton_of(parsed("a*b?a*"), rounds=LIMITLESS)) == (1, True)
    assert ambiguity(automaton_of(parsed("a*a*a*"), rounds=LIMITLESS))[0] == 2
    with pytest.raises(EndlessError):
        ambiguity(automaton_of(parsed("(a*)*"), rounds=LIMITLESS))
    assert (
        ways(parsed("(?:a|b)(?=(?:cd|e))c?")) == 4
    )  # two branches fold into a set; the lookahead adds its own
    assert ways(parsed("(?:ab|cd|e){2,3}")) == 36
    assert ways(parsed("(?:ab|cd|e){2,}")) == 9
    assert ways(parsed("(?:ab|cd|e){2,3}"), rounds=1) == 3
    assert widest(parsed("ab(?=c{5})d")) == 8
    assert widest(parsed("a*")) > 10**9


SMALL = st.recursive(
    st.sampled_from(["a", "b", "ab", "[ab]", "."]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "*?", "*+"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
    ),
    max_leaves=5,
)


@given(SMALL)
def test_to_repeat_what_is_refused_is_refused(regex):
    """A pattern is never judged better for standing inside another one, and every verdict is one of three."""
    try:
        found = longest_text(regex)
    except ConfigurationError:
        with pytest.raises(ConfigurationError):
            longest_text(f"(?:{regex})*")
    else:
        assert found is None or found >= 32
        assert re.compile(regex)


PROBE = """
import re, sys, time
from errcore.validation.patterns.growth import longest_text
for regex in sys.argv[1:]:
    longest = longest_text(regex) or 4_000
    for round_ in ("a", "ab", "0", "a.", "A", "-", "a@", " ", "a ", ".", "x", "1.", "(", "aA0", "a1-"):
        for start in ("", "a@", "<a>"):
            text = (start + round_ * longest)[: longest - 1] + "\\n"
            before = time.process_time()
            re.fullmatch(regex, text)
            assert time.process_time() - before < 1, (regex, round_)
"""


def test_what_is_taken_is_fast():
    """Every pattern that is taken meets texts that repeat themselves and then do not match, up to its bound."""
    regexes = [*LINEAR, *(regex for regex, longest in BOUNDED if longest > 32)]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *regexes], capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("regex", ["\x00+a", "[\x00-\U0010ffff]+"])
def test_the_first_and_the_last_character_have_one_neighbour_only(regex):
    """Sets that begin or end there are judged as any others."""
    assert longest_text(regex) is None
