"""The command line: a thin front over the control functions that REST calls, too. `python -m studio.cli --help`."""
