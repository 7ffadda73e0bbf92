# SPDX-License-Identifier: MIT
"""Settings: checked at construction, presets, environment variables."""

from __future__ import annotations

import gc
import json
import logging
import warnings

import pytest
import structlog

from errcore import ConfigurationError, Kind, NotFoundError, Runtime, Severity, policy
from errcore.envelopes import Problem, Text
from errcore.logs import FileSink, LogSinks, StandardOutput, configure, log_directory, log_security_event
from errcore.policies import chaos
from errcore.redaction import Redactor


class Linked:
    """A format of one's own that links to documentation."""

    media_type = "application/json"

    def __init__(self, name="linked"):
        self.name = name

    def documented_at(self, docs_url):
        return Linked(docs_url) if docs_url != "/broken" else None

    def render(self, occurrence, debug=False):
        return {}

    parse = schema = example = render


class NoExample:
    """Almost a format."""

    name, media_type = "x", "application/json"

    def render(self, occurrence, debug=False):
        return {}

    parse = schema = render


class OddType(NoExample):
    """A format with a media type that would break the header."""

    media_type = "application/json\r\nX: 1"
    example = NoExample.render


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"service": ""}, "service"),
        ({"service": "a\nb"}, "service"),
        ({"service": 7}, "service"),
        ({"service": "x" * 65}, "service"),
        ({"envelope": "xml"}, "'problem', 'text'"),
        ({"envelope": []}, "at least one format"),
        ({"envelope": ["problem", "xml"]}, "'xml'"),
        ({"envelope": 7}, "no name"),
        ({"envelope": None}, "no name"),
        ({"envelope": NoExample()}, "no example"),
        ({"envelope": OddType()}, "media_type"),
        ({"debug": "false"}, "debug"),
        ({"expose_messages": 1}, "expose_messages"),
        ({"docs_url": "docs.example.com"}, "https://example.com/errors/"),
        ({"docs_url": "https://x/\r\n"}, "docs_url"),
        ({"docs_url": 7}, "docs_url"),
        ({"statuses": ["NOT_FOUND"]}, "statuses"),
        ({"statuses": {"not-a-code": 400}}, "not-a-code"),
        ({"statuses": {7: 400}}, "codes and kinds"),
        ({"statuses": {"NOT_FOUND": 200}}, "400 to 599"),
        ({"statuses": {"NOT_FOUND": True}}, "400 to 599"),
        ({"statuses": {"NOT_FOUND": "404"}}, "400 to 599"),
        ({"redactor": str.upper}, "text and is_secret_key"),
        ({"log_level": "loud"}, "debug, info, warning, error, critical"),
        ({"log_level": 10}, "levels are names"),
        ({"logger": print}, "no method debug"),
        ({"deadlines": 1}, "deadlines"),
        ({"deadlines": None}, "True or False"),
    ],
)
def test_wrong_settings_say_what_to_pass(settings, says):
    """A wrong setting fails where it is written, in one line that names it, the reason and the remedy."""
    with pytest.raises(ConfigurationError) as caught:
        Runtime(**settings)

    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "because" in str(caught.value)


def test_unknown_keyword_is_a_type_error():
    """A keyword of a later version, or a misspelt one, is Python's own error."""
    with pytest.raises(TypeError, match="stores"):
        Runtime(stores="sqlite://")


def test_good_settings_are_kept():
    """Names become formats, kinds their names, levels severities."""
    redactor = Redactor()
    runtime = Runtime(
        service="agents",
        envelope=["text", Problem()],
        debug=True,
        docs_url="/errors#",
        expose_messages=True,
        statuses={Kind.NOT_FOUND: 410, "VALIDATION_ERROR": 400},
        redactor=redactor,
        log_level="WARNING",
        logger=logging.getLogger("t_settings"),
        deadlines=False,
    )

    settings = runtime.settings
    assert settings.envelope == (Text(), Problem())
    assert settings.formats == (Text(), Problem("/errors#"))
    assert settings.statuses == {"not_found": 410, "VALIDATION_ERROR": 400}
    assert settings.log_level is Severity.WARNING
    assert settings.redactor is redactor
    assert (settings.service, settings.debug, settings.expose_messages) == ("agents", True, True)
    assert settings.deadlines is False
    assert Runtime().settings.deadlines is True


def test_docs_url_reaches_the_formats_that_link():
    """A base of the format's own wins; a format of one's own may link, too; one that fails at it is refused."""
    formats = Runtime(
        envelope=["text", Problem("/own/"), "problem", Linked()], docs_url="/d/"
    ).settings.formats

    assert formats[:3] == (Text(), Problem("/own/"), Problem("/d/"))
    assert formats[3].name == "/d/"
    assert Runtime(envelope=Linked()).settings.formats[0].name == "linked"
    with pytest.raises(ConfigurationError, match="no name"):
        Runtime(envelope=Linked(), docs_url="/broken")


def test_redactor_is_what_has_its_two_methods():
    """Any object with them serves."""

    class Own:
        def text(self, text):
            return "cleaned" if "secret" in text else text

        def is_secret_key(self, name):
            return name == "internal_ref"

    own = Own()

    assert Runtime(redactor=own).settings.redactor is own


def test_statuses_may_be_none():
    """None means: none."""
    assert Runtime(statuses=None).settings.statuses == {}


def test_logger_of_structlog_is_a_logger():
    """Also the lazy one that structlog gives before it is configured."""
    assert Runtime(logger=structlog.get_logger()).failures == 0


@pytest.mark.parametrize(
    ("preset", "debug", "level"),
    [
        (Runtime, False, Severity.INFO),
        (Runtime.production, False, Severity.INFO),
        (Runtime.development, True, Severity.DEBUG),
        (Runtime.for_tests, False, Severity.ERROR),
    ],
    ids=["plain", "production", "development", "for_tests"],
)
def test_presets_differ_in_debug_and_level(preset, debug, level):
    """Tests answer like production; only development shows internal facts."""
    settings = preset().settings

    assert (settings.debug, settings.log_level) == (debug, level)


@pytest.mark.parametrize(
    "preset", [Runtime.production, Runtime.development, Runtime.for_tests, Runtime.from_env]
)
def test_presets_take_every_keyword(preset, monkeypatch):
    """What is given wins over what the preset says."""
    for name in ("ENV", "SERVICE", "ENVELOPE", "DOCS_URL", "LOG_LEVEL"):
        monkeypatch.delenv(f"ERRCORE_{name}", raising=False)

    settings = preset(service="s", debug=False, log_level="error").settings

    assert (settings.service, settings.debug, settings.log_level) == ("s", False, Severity.ERROR)


def test_presets_make_the_class_they_are_called_on():
    """A runtime of one's own has the presets, too."""

    class Own(Runtime):
        pass

    assert type(Own.from_env({"ERRCORE_ENV": "test"})) is Own


def test_environment_gives_settings():
    """Every variable is a setting; empty ones count as not set."""
    environ = {
        "ERRCORE_ENV": "test",
        "ERRCORE_SERVICE": "agents",
        "ERRCORE_ENVELOPE": "text, problem",
        "ERRCORE_DOCS_URL": "https://d/",
        "ERRCORE_LOG_LEVEL": "ERROR",
        "PATH": "/bin",
    }

    settings = Runtime.from_env(environ).settings

    assert settings.service == "agents"
    assert settings.envelope == (Text(), Problem())
    assert settings.docs_url == "https://d/"
    assert settings.log_level is Severity.ERROR
    assert Runtime.from_env(dict.fromkeys(environ, "")).settings == Runtime.production().settings


def test_process_environment_is_the_default(monkeypatch):
    """Without an argument the variables of the process count, and keywords win."""
    monkeypatch.setenv("ERRCORE_SERVICE", "agents")

    assert Runtime.from_env().settings.service == "agents"
    assert Runtime.from_env(service="mine").settings.service == "mine"


def test_production_unless_set():
    """Debug needs a word."""
    assert Runtime.from_env({}).settings.debug is False
    assert Runtime.from_env({"ERRCORE_ENV": "development"}).settings.debug is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENV", "prod"),
        ("ENVELOPE", "xml"),
        ("ENVELOPE", ","),
        ("LOG_LEVEL", "loud"),
        ("DOCS_URL", "x"),
        ("SERVICE", "\n"),
    ],
)
def test_bad_values_are_refused(name, value):
    """A bad value stops the start, in a sentence."""
    with pytest.raises(ConfigurationError, match="because"):
        Runtime.from_env({f"ERRCORE_{name}": value})


@pytest.mark.parametrize(
    ("name", "hint"),
    [("ERRCORE_LOGLEVEL", "did you mean ERRCORE_LOG_LEVEL"), ("ERRCORE_ZZZZZZZZZZZ", "it reads")],
)
def test_unknown_variable_is_a_warning(name, hint):
    """A misspelt variable is said, at the line that reads the environment; the rest counts."""
    with pytest.warns(RuntimeWarning, match=hint) as caught:
        settings = Runtime.from_env({name: "x", "ERRCORE_SERVICE": "s"}).settings

    assert settings.service == "s"
    assert caught[0].filename == __file__


def test_known_variables_are_no_warning():
    """What is read is not warned about."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Runtime.from_env({"ERRCORE_ENV": "production", "OTHER_ERRCORE_X": "1", chaos.ALLOWED: "production"})


@pytest.mark.parametrize("name", ["WEBHOOKS", "ADMIN_TOKENS", "TRUSTED_PROXIES"])
def test_a_variable_that_this_version_does_not_read_is_said_to_be_that(name):
    """It is not misspelt, so nothing else is suggested."""
    with pytest.warns(RuntimeWarning) as caught:
        Runtime.from_env({f"ERRCORE_{name}": "x"})

    assert [str(warning.message) for warning in caught] == [
        f"ERRCORE_{name} is not read by this version of errcore; unset it."
    ]


def test_the_class_of_a_format_is_no_format():
    """It has all the members, and none of them works."""
    with pytest.raises(ConfigurationError, match=r"it is the class of a format; pass Text\(\)"):
        Runtime(envelope=Text)


def test_each_sort_of_line_has_its_place(tmp_path, capsys):
    """Errors, what policies say, security events: until the runtime is closed."""
    with Runtime(service="agents", logs=log_directory(tmp_path)) as runtime:
        runtime.log_policies()
        runtime.report(NotFoundError("No such agent."))
        policy("places-of-lines", breaker=0.5).isolate()
        assert log_security_event("failed_login", "Several failed logins.")
    assert log_security_event("failed_login", "After that: where it goes without a runtime.")
    assert "where it goes without" in capsys.readouterr().out
    with configure(LogSinks(security=StandardOutput())):
        assert log_security_event("failed_login", "Or elsewhere.")

    lines = {path.name: json.loads(path.read_text()) for path in tmp_path.iterdir()}
    assert {name: (line["event"], line["service"]) for name, line in lines.items()} == {
        "errors.log": ("error_reported", "agents"),
        "app.log": ("breaker_transition", "agents"),
        "security.log": ("security_event", "agents"),
    }


def test_places_end_with_a_runtime_that_was_forgotten(tmp_path, capsys):
    """Nobody has to close it, and the process does not keep its files."""
    runtime = Runtime(logs=log_directory(tmp_path))
    assert log_security_event("failed_login", "While it is there.")
    del runtime
    gc.collect()
    assert log_security_event("failed_login", "After that.")

    assert "After that." not in (tmp_path / "security.log").read_text()
    assert "After that." in capsys.readouterr().out


def test_places_of_lines_are_checked():
    """A path is no place for four sorts."""
    with pytest.raises(
        ConfigurationError, match=r"Cannot use logs='/var/log', because it says where each sort"
    ):
        Runtime(logs="/var/log")


def test_a_logger_of_the_users_is_for_all_lines(tmp_path):
    """Also where places are given: those are for what has no logger, such as security events."""
    with Runtime(logger=FileSink(tmp_path / "all.log"), logs=log_directory(tmp_path / "sorts")) as runtime:
        runtime.report(NotFoundError("No such agent."))
        assert log_security_event("failed_login", "Several failed logins.")

    assert json.loads((tmp_path / "all.log").read_text())["code"] == "NOT_FOUND"
    written = [path.name for path in (tmp_path / "sorts").iterdir() if path.read_text()]
    assert written == ["security.log"]


def test_a_sink_is_a_logger(tmp_path):
    """For all lines of a runtime."""
    with Runtime(logger=FileSink(tmp_path / "all.log")) as runtime:
        runtime.report(NotFoundError("No such agent."))

    assert json.loads((tmp_path / "all.log").read_text())["code"] == "NOT_FOUND"


def test_a_release_is_a_name():
    """As every line of a report of regressions has it."""
    assert Runtime(release="2026.11").settings.release == "2026.11"
    with pytest.raises(ConfigurationError, match="Cannot use release=7, because it is the name of a version"):
        Runtime(release=7)
