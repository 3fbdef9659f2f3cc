"""The trading strategies, one file each; see `runtime.strategy`."""
