# SPDX-License-Identifier: MIT
"""The OpenAPI document says how errors are answered: which ones, with which status, in which formats.

Everything is filled in when the document is asked for, so it does not matter when a route was added. What the
application says itself stays as it is.

- `promised`: what users write, `responses_for`
- `routes`: what each operation promises, by that or by `raises`
- `responses`: promised errors as OpenAPI responses
- `inputs`: what validators say of request bodies
- `components`: the parts that responses and inputs share
- `completed`: joining all that with what FastAPI made
"""

from __future__ import annotations

from errcore_fastapi.openapi.completed import document
from errcore_fastapi.openapi.promised import responses_for

__all__ = ["document", "responses_for"]
