"""What `infra` gives every Lambda function, and what the functions' code counts on."""

from __future__ import annotations

TIMEOUT_S = 60
"""A function is ended after this. Its code begins no AWS call whose worst case would outlast it."""
LEASE_S = TIMEOUT_S + 30
"""A claim that is so old is nobody's any more: the function that made it has been ended. The margin is for its last
call to arrive, and for a clock of whole seconds."""
VISIBILITY_S = 6 * TIMEOUT_S
"""After this a message that was not worked off comes again, and finds each lease of the function that had it over. The
Lambda guide's rule for queues: a message must not come back while its batch is still being worked on."""
