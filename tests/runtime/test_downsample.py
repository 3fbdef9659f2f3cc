import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.downsample import largest_triangle_three_buckets, shared_positions


def test_a_short_series_is_kept_whole() -> None:
    assert largest_triangle_three_buckets(np.arange(5.0), points=5) == [0, 1, 2, 3, 4]


def test_the_point_of_the_largest_triangle_is_kept_in_each_bucket() -> None:
    values = np.array([0.0, 1.0, 0.0, 0.0, 0.0, -5.0, 0.0, 0.0])

    # Two buckets between the ends, 1-3 and 4-6. In the first, the corner (0, 0) and the mean of the next bucket
    # (5, -5/3) span most with point 1; in the second, (1, 1) and the last point (7, 0) span most with point 5.
    assert largest_triangle_three_buckets(values, points=4) == [0, 1, 5, 7]


def test_a_spike_survives_a_hundredfold_reduction() -> None:
    values = np.zeros(10_000)
    values[6_789] = 1.0

    assert 6_789 in largest_triangle_three_buckets(values, points=100)


@pytest.mark.parametrize(("points", "kept"), [(2, [0, 9]), (1, [0, 9])])
def test_with_no_room_the_ends_stay(points: int, kept: list[int]) -> None:
    assert largest_triangle_three_buckets(np.arange(10.0), points=points) == kept


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=3, max_size=300),
    st.integers(min_value=3, max_value=60),
)
def test_positions_ascend_from_the_first_to_the_last_point(values: list[float], points: int) -> None:
    kept = largest_triangle_three_buckets(np.array(values), points=points)

    assert len(kept) == min(points, len(values))
    assert kept == sorted(set(kept))
    assert (kept[0], kept[-1]) == (0, len(values) - 1)


def test_series_with_one_axis_share_their_points_within_the_limit() -> None:
    columns = [np.random.default_rng(seed).normal(size=5_000) for seed in range(3)]

    kept = shared_positions(columns, points=400)

    assert len(kept) <= 400
    assert (kept[0], kept[-1]) == (0, 4_999)
    for column in columns:
        assert set(largest_triangle_three_buckets(column, points=133)) <= set(kept)


def test_more_series_than_points_still_keep_the_limit() -> None:
    columns = [np.random.default_rng(seed).normal(size=50) for seed in range(30)]

    assert len(shared_positions(columns, points=10)) <= 10
