"""What an oracle found."""

from dataclasses import dataclass, field

SHOWN = 5
"""Examples of each finding."""


@dataclass
class Findings:
    """Kind of fault -> where it was seen. Empty when all is well."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    repeats: int = 0
    """Records that an upsert by key makes harmless."""
    setbacks: int = 0
    """Records that are older than one before them, of which a newer one follows: harmless behind a crash."""

    def add(self, kind: str, where: str) -> None:
        """Note a fault."""
        self.faults.setdefault(kind, []).append(where)

    def counts(self) -> dict[str, int]:
        """Kind -> count."""
        return {kind: len(found) for kind, found in self.faults.items()}

    def __str__(self) -> str:
        return "; ".join(f"{len(found)} {kind}: {', '.join(found[:SHOWN])}" for kind, found in self.faults.items())
