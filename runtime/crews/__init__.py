"""Crews: who is in them, what they do in which order, and how a task is run."""
