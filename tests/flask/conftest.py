# SPDX-License-Identifier: MIT
"""What the tests of the Flask adapter share: an application to fail in."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from errcore_flask import install


@pytest.fixture
def app(runtime):
    """An application with errcore in it, which says nothing on standard error."""
    app = Flask("errcore_tests_flask")
    app.logger.addHandler(logging.NullHandler())
    app.logger.propagate = False
    install(app, runtime)
    yield app
    app.logger.handlers.clear()
