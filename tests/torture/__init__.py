"""Halts at random moments in random graphs of random nodes: what must never happen, whatever the moment."""
