"""Put a project's files in place, and take back those that are no longer wanted."""

from __future__ import annotations

import io
import zipfile

from core.contracts.projects import SETTINGS_FILE, TEMPLATE, VISIBLE_TAG, ProjectFiles, seed_key
from lambdas.projects.ports import Files

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time in an archive: with it the same files always make the same archive."""


def place(wanted: ProjectFiles | None, before: ProjectFiles | None, files: Files) -> None:
    """`before` are the files that stand there now; None: nothing. Twice done is as good as once."""
    kept: set[tuple[str, str]] = set()
    if wanted is not None:
        seed = files.read(wanted.seed_bucket, wanted.seed_key)
        files.write(wanted.bucket, TEMPLATE, wanted.template.encode(), dict([VISIBLE_TAG]))
        for model, settings in wanted.settings.items():
            files.write(wanted.bucket, seed_key(model), with_settings(seed, settings), {})
        kept = {(wanted.bucket, key) for key in wanted.keys}
    if before is not None:
        for bucket, key in sorted({(before.bucket, key) for key in before.keys} - kept):
            files.delete(bucket, key)


def with_settings(seed: bytes, settings: str) -> bytes:
    """The archive of the seed code with one model's settings in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(seed)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            if not name.endswith("/"):
                target.writestr(_entry(name), source.read(name))
        target.writestr(_entry(SETTINGS_FILE), settings)
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
