"""Formulas of quantitative finance on frames of closes: pure, free of look-ahead, each with its source."""
