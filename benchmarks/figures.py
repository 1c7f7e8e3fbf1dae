"""The arithmetic of a result: medians, spreads, and ratios between figures of the same round."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Self


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        return cls(median(values), min(values), max(values))

    def text(self, digits: int) -> str:
        """`1.08 (1.05..1.12)`"""
        return f"{self.median:.{digits}f} ({self.low:.{digits}f}..{self.high:.{digits}f})"


def ratios(values: Sequence[float], yardstick: Sequence[float]) -> list[float]:
    """Each value over the yardstick's of the same round: what drifts between rounds cancels out."""
    return [value / bare for value, bare in zip(values, yardstick, strict=True)]


@dataclass(frozen=True)
class Row:
    """One subject's result in one scenario. `target` is the highest ratio that performance asks for."""

    scenario: str
    subject: str
    unit: str
    figure: Spread
    ratio: Spread | None = None
    target: float | None = None
    notes: str = ""

    @property
    def met(self) -> bool | None:
        if self.ratio is None or self.target is None:
            return None
        return self.ratio.median <= self.target

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"met": self.met}


def row(
    scenario: str,
    subject: str,
    unit: str,
    values: Sequence[float],
    *,
    bare: Sequence[float] | None = None,
    target: float | None = None,
    notes: str = "",
) -> Row:
    """`values` and `bare` hold one figure a round."""
    ratio = Spread.of(ratios(values, bare)) if bare else None
    return Row(scenario, subject, unit, Spread.of(values), ratio, target, notes)


_HEADS = ("scenario", "subject", "figure", "unit", "x bare", "target", "notes")


def table(rows: Sequence[Row]) -> str:
    """A Markdown table, padded so that it reads as plain text too."""
    cells = [_HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    target = "" if row.target is None else f"<= {row.target:.2f} {'met' if row.met else 'MISSED'}"
    ratio = "" if row.ratio is None else row.ratio.text(2)
    return row.scenario, row.subject, row.figure.text(2), row.unit, ratio, target, row.notes
