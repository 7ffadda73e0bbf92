# SPDX-License-Identifier: MIT
"""errcore for Flask.

`install(app)` answers every error of the application in one contract, Flask's own included, and leaves Flask's ways
with unexpected ones alone: signal, log, teardown, `TESTING`. Handlers that the application registers for its own
exception classes keep working. `body` reads the JSON body of a request and checks it
with an errcore validator. `failure()` tells teardown functions what a request was answered for. `mount_health` answers probes.
"""

from __future__ import annotations

from errcore.runtime import InstallWarning
from errcore_flask.bodies import abody, body
from errcore_flask.catalogue import mount_catalogue
from errcore_flask.exchange import failure
from errcore_flask.health import mount_health
from errcore_flask.installation import ErrCore, install

__all__ = [
    "ErrCore",
    "InstallWarning",
    "abody",
    "body",
    "failure",
    "install",
    "mount_catalogue",
    "mount_health",
]
