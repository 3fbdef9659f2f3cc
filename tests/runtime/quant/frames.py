"""Price frames for the tests of formulas."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

DAYS = 90


def random_walks(seed: int, *, days: int = DAYS, symbols: int = 4, holes: float = 0.0) -> pd.DataFrame:
    """Return geometric random walks, days × symbols, with a share of missing cells."""
    rng = np.random.default_rng(seed)
    prices = 50.0 * np.exp(np.cumsum(rng.normal(0.0005, 0.02, (days, symbols)), axis=0))
    prices[rng.random((days, symbols)) < holes] = np.nan
    return pd.DataFrame(
        prices,
        index=pd.bdate_range("2020-01-01", periods=days, name="date"),
        columns=[f"S{number}" for number in range(symbols)],
    )


price_frames = st.builds(
    random_walks,
    st.integers(0, 2**32 - 1),
    symbols=st.integers(1, 5),
    holes=st.sampled_from([0.0, 0.05, 0.5]),
)


def one(values: list[float]) -> pd.DataFrame:
    """Return one symbol with these closes."""
    index = pd.bdate_range("2020-01-01", periods=len(values), name="date")
    return pd.DataFrame({"S": np.array(values, dtype=float)}, index=index)
