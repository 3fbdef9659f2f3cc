"""When a workflow starts by itself: times, what was missed, and nothing that acts."""
