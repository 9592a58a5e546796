"""What EventBridge Scheduler and rules write on a message that they give up (their guides, "dead-letter queue")."""

CODE, MESSAGE = "ERROR_CODE", "ERROR_MESSAGE"
"""Message attributes: why the target refused."""
