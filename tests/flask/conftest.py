# SPDX-License-Identifier: MIT
"""What the tests of the Flask adapter share: a quiet runtime, what was reported, and an application to fail in."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from errcore import Runtime
from errcore.testing.conformance import Records
from errcore_flask import install


@pytest.fixture
def runtime():
    with Runtime.for_tests(log_level="critical") as quiet:
        yield quiet


@pytest.fixture
def records():
    with Records() as seen:
        yield seen


@pytest.fixture
def app(runtime):
    """An application with errcore in it, which says nothing on standard error."""
    app = Flask("errcore_tests_flask")
    app.logger.addHandler(logging.NullHandler())
    app.logger.propagate = False
    install(app, runtime)
    yield app
    app.logger.handlers.clear()
