"""What a kind of resource is: the members that identify a record, its ARN, its statuses, and AWS's words for errors.

Each part of the service declares its own kinds beside their behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass

from local.service import ApiError

INVALID, MISSING, IN_USE, CONFLICT = "ValidationException", "ResourceNotFound", "ResourceInUse", "ConflictException"
NO_SUCH = (MISSING, "{kind} [{key}] does not exist.")
TAKEN = (IN_USE, "{kind} [{key}] already exists.")


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The statuses that a record passes through; None where the kind has no such phase."""

    member: str
    ready: str
    creating: str | None = None
    updating: str | None = None
    updated: str | None = None
    """Status after an update; None: `ready` again."""
    deleting: str | None = None
    deleted: str | None = None
    """Status in which a deleted record can still be described, until its name is taken again; None: it is gone."""
    create_failed: str | None = None
    update_failed: str | None = None
    delete_failed: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of resource.

    `path` is the end of the ARN and `keys` are the members that identify a record in its account and region. In the
    error texts, `{name}` is the last key, `{key}` all keys joined by a slash, `{arn}` the ARN.
    """

    name: str
    keys: tuple[str, ...]
    path: str
    lifecycle: Lifecycle | None = None
    missing: tuple[str, str] = NO_SUCH
    exists: tuple[str, str] = TAKEN
    arn_member: str = ""

    @property
    def arn(self) -> str:
        """Member of a record that holds its ARN."""
        return self.arn_member or f"{self.name}Arn"

    @property
    def status(self) -> str | None:
        return self.lifecycle.member if self.lifecycle else None

    def error(self, which: tuple[str, str], key: tuple[str, ...], arn: str) -> ApiError:
        """`which` is `missing` or `exists`."""
        code, text = which
        return ApiError(code, text.format(kind=self.name, name=key[-1], key="/".join(key), arn=arn))


def named(
    name: str,
    path: str,
    lifecycle: Lifecycle | None = None,
    missing: tuple[str, str] = NO_SUCH,
    exists: tuple[str, str] = TAKEN,
) -> Kind:
    """A kind whose records are identified by one name: `ModelName` of a `Model`."""
    return Kind(name, (f"{name}Name",), f"{path}/{{{name}Name}}", lifecycle, missing, exists)


def served(name: str, path: str, words: str, lifecycle: Lifecycle | None = None) -> Kind:
    """Models, endpoint configurations and endpoints: they share their error texts."""
    missing = (INVALID, f'Could not find {words} "{{arn}}".')
    return named(
        name, path, lifecycle, missing=missing, exists=(INVALID, f'Cannot create already existing {words} "{{arn}}".')
    )


def job(name: str, path: str, words: str, missing: tuple[str, str]) -> Kind:
    """Jobs, whose names stay taken for ever."""
    unique = f"{words} names must be unique within an AWS account and region"
    exists = (IN_USE, f"{unique}, and a {words.lower()} with this name already exists ({{arn}})")
    return named(name, path, Lifecycle(f"{name}Status", "Completed", "InProgress"), missing=missing, exists=exists)
