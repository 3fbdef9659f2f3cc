"""The embeddable engine: check a drawing, compile it, run it, halt it.

Knows neither Reflex, nor Celery, nor SQLAlchemy: what it needs from outside is stated in `runtime.ports`.
"""
