# SPDX-License-Identifier: MIT
"""errcore for FastAPI and Starlette.

`install(app)` puts the two guards of errcore-asgi into the application's middleware, answers the framework's own
exceptions in the same contract, and documents in the OpenAPI schema how errors are answered: invalid input, what
`errcore.raises` notes on functions and dependencies, and what `responses_for` lists. Handlers that the application
registers for its own exception classes keep working. `body` is a parameter that an errcore validator checks. `mount_catalogue` serves the pages at the `type` of a problem;
`mount_health` answers probes.
"""

from __future__ import annotations

from errcore.runtime import InstallWarning
from errcore_fastapi.bodies import body
from errcore_fastapi.catalogue import mount_catalogue
from errcore_fastapi.health import mount_health
from errcore_fastapi.installation import install
from errcore_fastapi.openapi import responses_for

__all__ = ["InstallWarning", "body", "install", "mount_catalogue", "mount_health", "responses_for"]
