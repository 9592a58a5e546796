"""What a scanner says of one resource."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "scan"


@dataclass(frozen=True, slots=True)
class Found:
    scanner: str
    rule: str
    """As an acknowledgement names it."""
    stage: str
    stack: str
    logical_id: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule} {self.stage} {self.stack}/{self.logical_id}: {self.message}"


@dataclass(frozen=True, slots=True)
class Template:
    """One template of a stage."""

    stage: str
    stack: str
    region: str
    file: Path

    @property
    def id(self) -> str:
        return f"{self.stage}-{self.stack}"


Scanner = Callable[[list[Template]], list[Found]]


def remembered(name: str, scan: Scanner, templates: list[Template], inputs: Iterable[Path]) -> list[Found]:
    """What a scanner says of these templates. Said once for the same templates, the same scanner and the same code."""
    digest = hashlib.sha256(name.encode())
    for template in templates:
        digest.update(f"{template.id} {template.region}\0".encode() + template.file.read_bytes())
    for path in sorted({*inputs, *Path(__file__).parent.glob("*.py")}):
        digest.update(path.read_bytes())
    kept = CACHE / f"{name}-{digest.hexdigest()[:16]}.json"
    if kept.is_file():
        return [Found(**each) for each in json.loads(kept.read_text())]
    found = scan(templates)
    CACHE.mkdir(parents=True, exist_ok=True)
    for old in sorted(CACHE.glob(f"{name}-*.json"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
    kept.write_text(json.dumps([asdict(each) for each in found]))
    return found


KEPT = 10
