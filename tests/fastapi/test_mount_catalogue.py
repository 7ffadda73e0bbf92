# SPDX-License-Identifier: MIT
"""The catalogue mounted in FastAPI and Starlette, up to following the `type` of an error over a real socket."""

from __future__ import annotations

import warnings
from urllib.parse import urljoin

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.testclient import TestClient

from errcore import NotFoundError, Runtime, public
from errcore_fastapi import InstallWarning, install, mount_catalogue


class AgentNotFound(NotFoundError, code="T_MOUNT_AGENT_MISSING", message="No agent {agent_id}."):
    """There is no such agent."""

    agent_id: str = public()


@pytest.fixture
def runtime():
    with Runtime.for_tests(log_level="critical", docs_url="/errors/") as quiet:
        yield quiet


def test_the_type_of_an_error_leads_to_its_page(runtime, serving) -> None:
    """Over a real socket: the URI is resolved as RFC 9457 section 3.1.1 says, and the page is about that code."""
    app = FastAPI()
    install(app, runtime)
    mount_catalogue(app, runtime)

    @app.get("/agents/{agent_id}")
    async def agent(agent_id: str):
        raise AgentNotFound(agent_id=agent_id)

    with serving(app) as address, httpx.Client(trust_env=False) as client:
        answer = client.get(f"{address}/agents/7")
        page = client.get(urljoin(str(answer.url), answer.json()["type"]))
        index = client.get(urljoin(str(page.url), "./"))
        redirected = client.get(f"{address}/errors", follow_redirects=True)
        unknown = client.get(f"{address}/errors/NO_SUCH_CODE")

    assert answer.json()["type"] == "/errors/T_MOUNT_AGENT_MISSING"
    assert page.status_code == 200
    assert "<code>T_MOUNT_AGENT_MISSING</code>" in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-request-id"]
    assert '<a href="T_MOUNT_AGENT_MISSING">' in index.text
    assert redirected.text == index.text
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NOT_FOUND")


def test_pages_are_no_part_of_the_openapi_document(runtime) -> None:
    """They are about the interface, not in it."""
    app = FastAPI()
    mount_catalogue(app, runtime)

    assert app.openapi()["paths"] == {}


def test_starlette_and_a_runtime_from_install(runtime) -> None:
    """Without a runtime, the one of the application is taken; another path is as good if `docs_url` leads there."""
    app = Starlette()
    install(app, Runtime.for_tests(log_level="critical", docs_url="https://shop.example/api/help/errors"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mount_catalogue(app, path="/help/errors/")

    with TestClient(app) as client:
        page = client.get("/help/errors/NOT_FOUND")
        refused = client.post("/help/errors/NOT_FOUND")

    assert "https://shop.example/api/help/errors/NOT_FOUND" in page.text
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


def test_below_a_root_path_and_in_a_mounted_application(runtime) -> None:
    """Each mount takes its part of the path away."""
    inner, app = FastAPI(), FastAPI()
    for each in (inner, app):
        install(each, runtime)
        mount_catalogue(each, runtime)
    app.mount("/v1", inner)

    for root_path in ("", "/proxy"):
        with TestClient(app, root_path=root_path) as client:
            assert client.get(f"{root_path}/v1/errors/NOT_FOUND").status_code == 200
            assert client.get(f"{root_path}/v1/errors/").status_code == 200
            # Some servers give a path without the prefix that they were told of.
            assert client.get("/errors/NOT_FOUND").status_code == 200
            assert client.get("/errors/").status_code == 200


@pytest.mark.parametrize("docs_url", [None, "/help/", "https://docs.example.com/", "urn:errors:"])
def test_a_docs_url_that_leads_elsewhere_is_said(docs_url) -> None:
    """Nobody would find the pages from an error, so whoever mounts them hears of it, with what to pass."""
    app = FastAPI()
    with pytest.warns(InstallWarning, match="pass docs_url='/errors/' to the runtime") as told:
        mount_catalogue(app, Runtime.for_tests(docs_url=docs_url))

    assert told[0].filename == __file__
    with TestClient(app) as client:
        assert client.get("/errors/NOT_FOUND").status_code == 200


@pytest.mark.parametrize("path", ["", "/", "errors", "/{code}", "/a//b", "/a?b", "//host", "/é"])
def test_a_path_that_is_none_is_refused(runtime, path) -> None:
    """The root would take every other path; a template or a query is a misunderstanding."""
    with pytest.raises(ValueError, match="Cannot serve the catalogue at"):
        mount_catalogue(FastAPI(), runtime, path)


def test_what_is_no_runtime_is_refused() -> None:
    """Where it is written."""
    with pytest.raises(TypeError, match="because it is a str"):
        mount_catalogue(FastAPI(), "production")
