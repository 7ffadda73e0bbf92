# SPDX-License-Identifier: MIT
"""Lines about request bodies that type checkers must accept, with the types that they must find."""

from __future__ import annotations

from typing import Annotated, Any, assert_type

import attrs
from fastapi import FastAPI
from flask import Flask

import errcore_asgi
import errcore_fastapi
import errcore_flask
from errcore import InputValidator, Validator
from errcore.validation import AsyncValidator, Email, JsonBody, Length, Range, validator_for


@attrs.define
class Signup:
    """What is taken."""

    age: Annotated[int, Range(18, 120)]


of_class = Validator.of(Signup)
builder = InputValidator()
waiting: AsyncValidator[Signup] = of_class.with_async_rules({})
app = FastAPI()
flask_app = Flask("signups")


@app.post("/signups")
async def sign_up(
    signup: Annotated[Signup, errcore_fastapi.body(Signup)],
    data: Annotated[dict[str, Any], errcore_fastapi.body(builder, limits=JsonBody(max_bytes=1000))],
    later: Annotated[Signup, errcore_fastapi.body(waiting)],
) -> int:
    """The parameter has the type that stands there."""
    assert_type(signup, Signup)
    return signup.age + later.age + len(data)


@flask_app.post("/signups")
def sign_up_in_flask() -> dict[str, int]:
    """What is given has the type of what was asked for."""
    assert_type(errcore_flask.body(Signup), Signup)
    assert_type(errcore_flask.body(of_class, limits=JsonBody(max_depth=3)), Signup)
    assert_type(errcore_flask.body(builder), dict[str, Any])
    return {"age": errcore_flask.body(Signup).age}


async def in_flask() -> int:
    """With rules that wait."""
    return assert_type(await errcore_flask.abody(waiting), Signup).age


async def in_asgi(scope: errcore_asgi.Scope, receive: Any) -> None:
    """In plain ASGI."""
    assert_type(await errcore_asgi.body(scope, receive, Signup), Signup)
    assert_type(await errcore_asgi.body(scope, receive, waiting), Signup)
    assert_type(await errcore_asgi.body(scope, receive, builder, limits=JsonBody()), dict[str, Any])


assert_type(validator_for(Signup), Validator[Signup])
assert_type(validator_for(waiting), AsyncValidator[Signup])
assert_type(Validator.of(Signup, extra="forbid"), Validator[Signup])
assert_type(Validator.of(Annotated[list[int], Length(1)], messages={}), Validator[Any])
named: Validator[str] = Validator.of(Annotated[str, Email()])
checked: Validator[str] = validator_for(Annotated[str, Email()])
either: Validator[int | None] = Validator.of(int | None)
numbers: Validator[list[int]] = Validator.of(list[int], max_issues=5)
