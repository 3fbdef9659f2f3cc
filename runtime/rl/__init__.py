"""Reinforcement learning over daily closes: an environment, three small known algorithms, and what to do with them."""
