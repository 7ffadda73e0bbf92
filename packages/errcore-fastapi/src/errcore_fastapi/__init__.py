# SPDX-License-Identifier: MIT
"""errcore for FastAPI and Starlette.

`install(app)` puts the two guards of errcore-asgi into the application's middleware, answers the framework's own
exceptions in the same contract, and documents the answer to invalid input in the OpenAPI schema. Handlers that the
application registers for its own exception classes keep working.
"""

from __future__ import annotations

from errcore_fastapi.installation import InstallWarning, install

__all__ = ["InstallWarning", "install"]
