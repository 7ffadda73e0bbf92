# SPDX-License-Identifier: MIT
"""The pages behind the `type` of a problem, in a Flask application."""

from __future__ import annotations

import warnings

import pytest
from flask import Flask

from errcore import Runtime
from errcore.testing.wsgi import WsgiDriver
from errcore_flask import InstallWarning, install, mount_catalogue


@pytest.fixture
def app():
    app = Flask("agents")
    with install(app, Runtime.for_tests(docs_url="https://a.test/v1/errors/", log_level="critical")):
        yield app


def test_type_of_a_problem_leads_to_its_page(app) -> None:
    """A page for people, JSON for those who ask for it, and an index whose links are relative."""
    mount_catalogue(app)
    driver = WsgiDriver(app)

    kind = driver.request("GET", "/nowhere").document()["type"]
    page = driver.request("GET", kind.removeprefix("https://a.test/v1"))
    data = driver.request("GET", "/errors/NOT_FOUND", [("Accept", "application/json")])
    index = driver.request("GET", "/errors/")

    assert (page.status, page.one("content-type")) == (200, "text/html; charset=utf-8")
    assert b"NOT_FOUND" in page.body and b"NOT_FOUND" in index.body
    assert data.one("content-type") == "application/json"
    assert page.one("content-security-policy") and page.one("x-request-id")


def test_unknown_codes_and_other_methods_are_errors(app) -> None:
    """In the envelope; the index without its slash is a redirect, and HEAD has no body."""
    mount_catalogue(app, app.extensions["errcore"], path="/errors/")
    driver = WsgiDriver(app)

    unknown = driver.request("GET", "/errors/<script>", [("X-Request-ID", "req_1")])
    assert (unknown.status, unknown.document()["request_id"]) == (404, "req_1")
    assert unknown.one("x-request-id") == "req_1"
    assert b"<script>" not in unknown.body
    assert driver.request("POST", "/errors/NOT_FOUND").document()["code"] == "METHOD_NOT_ALLOWED"
    assert driver.request("GET", "/errors").one("location").endswith("/errors/")
    head = driver.request("HEAD", "/errors/NOT_FOUND")
    assert (head.status, head.body) == (200, b"")
    assert int(head.one("content-length")) > 0


def test_catalogue_without_install_stands_alone() -> None:
    """It needs a runtime, and reads one from the environment if there is none."""
    app = Flask("agents")
    with pytest.warns(InstallWarning, match="docs_url is None; pass docs_url='/errors/'"):
        mount_catalogue(app)

    assert WsgiDriver(app).request("GET", "/errors/NOT_FOUND").status == 200


@pytest.mark.parametrize("path", ["", "/", "errors", "/<path:all>", "/a b", "/errors//x"])
def test_path_that_would_take_others_is_refused(path, app) -> None:
    """It would serve the catalogue where nobody expects it."""
    with pytest.raises(ValueError, match="it would take other paths or none; pass one such as"):
        mount_catalogue(app, path=path)


def test_docs_url_that_leads_elsewhere_is_told(app) -> None:
    """Otherwise nobody would find the pages from an error."""
    with pytest.warns(InstallWarning, match="Nobody will find the catalogue at '/codes'") as told:
        mount_catalogue(app, path="/codes")
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TypeError, match="because it is a str"):
            mount_catalogue(app, "production")
