# SPDX-License-Identifier: MIT
"""`install` and `ErrCore`: what they refuse, and what they leave behind."""

from __future__ import annotations

import gc
import weakref

import pytest
from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from errcore import NotFoundError, Runtime
from errcore.testing.wsgi import WsgiDriver
from errcore_flask import ErrCore, install


def test_runtime_comes_from_the_environment(monkeypatch) -> None:
    """`install(app)` is all that a service has to write."""
    monkeypatch.setenv("ERRCORE_SERVICE", "agents")
    app = Flask("agents")

    runtime = install(app)

    assert runtime.settings.service == "agents"
    assert app.extensions["errcore"] is runtime
    runtime.close()


def test_extension_serves_several_applications(runtime) -> None:
    """`ErrCore` holds the settings, and `init_app` puts them into whatever the factory makes."""
    errors = ErrCore(runtime, prefixes=["/api"])
    apps = [Flask("one"), Flask("two")]

    for app in apps:
        assert errors.init_app(app) is app.extensions["errcore"] is runtime
        assert WsgiDriver(app).request("GET", "/api").document()["code"] == "NOT_FOUND"
        assert WsgiDriver(app).request("GET", "/").body.startswith(b"<!doctype html>")


def test_extension_without_a_runtime_reads_the_environment() -> None:
    """Each application then has a runtime of its own."""
    errors = ErrCore()

    with errors.init_app(Flask("one")) as first, errors.init_app(Flask("two")) as second:
        assert first is not second


def test_what_is_added_later_is_covered(runtime) -> None:
    """Routes, blueprints and hooks may come after `install`."""
    app = Flask("agents")
    install(app, runtime)
    blueprint = Blueprint("late", __name__)

    @blueprint.get("/late")
    def late():
        raise NotFoundError("late")

    app.register_blueprint(blueprint, url_prefix="/v1")

    @app.after_request
    def allow(response):
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    answer = WsgiDriver(app).request("GET", "/v1/late")

    assert (answer.status, answer.document()["detail"]) == (404, "late")
    assert answer.one("access-control-allow-origin") == "*"


def test_second_install_is_refused(runtime) -> None:
    """Two of a kind would be a mistake that nobody sees."""
    app = Flask("agents")
    install(app, runtime)

    with pytest.raises(RuntimeError, match="installed in this application already; remove one"):
        ErrCore(runtime).init_app(app)


def test_install_after_the_first_request_is_refused(runtime) -> None:
    """Some requests would have been answered in one way and some in another; nothing is left behind."""
    app = Flask("agents")
    WsgiDriver(app).request("GET", "/")

    with pytest.raises(RuntimeError, match="handled its first request; call install"):
        install(app, runtime)
    assert "errcore" not in app.extensions
    assert WsgiDriver(app).request("GET", "/").body.startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "prefixes", "error", "words"),
    [
        (
            (Flask("agents"), "production"),
            (),
            TypeError,
            "Cannot use this runtime, because it is a str; give an errcore.Runtime",
        ),
        (
            (ProxyFix(Flask("agents")),),
            (),
            TypeError,
            "of type ProxyFix, no Flask application; install it in",
        ),
        ((Blueprint("b", __name__),), (), TypeError, "of type Blueprint, no Flask application"),
        ((Flask("agents"),), "/api", TypeError, "that is a str; give a list of paths"),
        ((Flask("agents"),), 7, TypeError, "that is a int; give a list of paths"),
        ((Flask("agents"),), [b"/api"], TypeError, "it is a bytes; give the path as a text"),
        ((Flask("agents"),), ["api"], ValueError, "no path starts so; write '/api'"),
        ((Flask("agents"),), ["/users/<id>"], ValueError, "it is a pattern; write a path"),
    ],
)
def test_wrong_arguments_are_told(arguments, prefixes, error, words) -> None:
    """Each message says what is wrong and what to do, and the application is as it was."""
    with pytest.raises(error, match=words):
        install(*arguments, prefixes=prefixes)
    assert not getattr(arguments[0], "extensions", {})


def test_applications_are_not_kept_alive(runtime) -> None:
    """A test suite makes thousands of them; the signal that tells of errors must not collect them."""
    app = Flask("agents")
    install(app, runtime)
    app.testing = True
    WsgiDriver(app).request("GET", "/nowhere")
    gone = weakref.ref(app)

    del app
    gc.collect()

    assert gone() is None


def test_test_client_is_as_ever(runtime) -> None:
    """Flask's client, its preserved context and its request contexts without a request need nothing special."""
    app = Flask("agents")
    install(app, runtime)

    @app.get("/agents")
    def agents():
        from flask import g, request

        g.seen = request.args["name"]
        return {"name": g.seen}

    with app.test_client() as client:
        from flask import g

        assert client.get("/agents?name=a1").json == {"name": "a1"}
        assert g.seen == "a1"
        assert client.get("/agents").json["code"] == "INVALID_REQUEST"
    with app.test_request_context("/agents", headers={"X-Request-ID": "req_1"}):
        response = app.make_response(app.handle_user_exception(NotFoundError("No such agent.")))
    assert response.json["request_id"] == "req_1"


def test_closed_runtime_goes_on_answering() -> None:
    """Closing undoes the set-up of loggers, and nothing else."""
    app = Flask("agents")
    runtime = install(app, Runtime.for_tests(log_level="critical"))
    runtime.close()

    assert WsgiDriver(app).request("GET", "/nowhere").document()["code"] == "NOT_FOUND"
