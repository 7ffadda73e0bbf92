# SPDX-License-Identifier: MIT
"""What the service hides in its exceptions, and the client looks for in everything that came out of the service.

All of it is made up. `SECRETS` must appear nowhere, not even in the server's own output. `INTERNALS` are facts that
operators need: they may be in the log, and never in an answer.
"""

DATABASE_URL = "postgres://demo:planted-db-password@db.internal:5432/health"
API_KEY = "sk_live_plantedApiKey4242"
BEARER = "Bearer plantedBearerToken0123456789"
SESSION = "planted-session-cookie"
TYPED_PASSWORD = "planted-typed-password"  # noqa: S105 - made up

SECRETS = (
    "planted-db-password",
    API_KEY,
    "plantedBearerToken0123456789",
    SESSION,
    TYPED_PASSWORD,
)

USER = "user-internal-7"
SHARD = "ledger-shard-3"

INTERNALS = (USER, SHARD, "db.internal")
