"""Speed, measured side by side in one run. `make bench` prints times; the tests assert order and ratios only."""
