"""Fewer points, same picture: largest-triangle-three-buckets.

Steinarsson 2013, "Downsampling Time Series for Visual Representation" (MSc thesis, University of Iceland), §4.2.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def largest_triangle_three_buckets(values: Floats, *, points: int) -> list[int]:
    """Return the positions to keep, ascending, first and last included; NaN counts as 0 and is never the reason to keep."""
    size = len(values)
    if size <= points:
        return list(range(size))
    if points < 3:  # noqa: PLR2004  no bucket between the ends
        return sorted({0, size - 1})
    heights = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    edges = np.linspace(1, size - 1, points - 1).astype(int)
    kept = [0]
    for number in range(points - 2):
        low, high = int(edges[number]), int(edges[number + 1])
        next_high = int(edges[number + 2]) if number + 2 < len(edges) else size
        third = (
            np.arange(high, max(next_high, high + 1)).mean(),
            heights[high : max(next_high, high + 1)].mean(),
        )
        kept.append(
            low + _largest(heights[low:high], first=low, corner=(kept[-1], heights[kept[-1]]), third=third)
        )
    return [*kept, size - 1]


def shared_positions(columns: list[Floats], *, points: int) -> list[int]:
    """Return at most `points` positions that serve several series with one x axis: what each needs, together."""
    size = len(columns[0]) if columns else 0
    if size <= points:
        return list(range(size))
    share = max(2, points // len(columns))
    kept = {
        position for column in columns for position in largest_triangle_three_buckets(column, points=share)
    }
    ordered = sorted(kept)
    return ordered if len(ordered) <= points else sorted({0, size - 1, *ordered[: points - 2]})


def _largest(heights: Floats, *, first: int, corner: tuple[int, float], third: tuple[float, float]) -> int:
    """Return which point of a bucket spans the largest triangle with the last kept point and the next bucket's mean."""
    across = np.arange(first, first + len(heights))
    areas = np.abs(
        (corner[0] - third[0]) * (heights - corner[1]) - (corner[0] - across) * (third[1] - corner[1])
    )
    return int(areas.argmax())
