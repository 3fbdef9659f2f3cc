"""Rows about agents: what each of them did, step by step."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from persistence.models.base import Base, Id
from persistence.types import FreeText


class AgentStepRow(Base):
    """One step of an agent, in a run of a workflow or of a desk; no foreign key, as the run may be of either."""

    __tablename__ = "agent_run_steps"

    run_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Number of the frame that told of it: the order of steps in the whole run."""
    node_id: Mapped[str] = mapped_column(String(80))
    """Empty in a run that is the agent's own."""
    agent: Mapped[str] = mapped_column(String(160))
    execution: Mapped[int] = mapped_column(Integer)
    """Which execution of an agent in that node, from 1."""
    step: Mapped[int] = mapped_column(Integer)
    """Number in that execution, from 1."""
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(FreeText())
    inputs: Mapped[dict[str, Any] | None]
    output: Mapped[dict[str, Any] | None]
    input_tokens: Mapped[int | None] = mapped_column(Integer)
    output_tokens: Mapped[int | None] = mapped_column(Integer)
    cost_usd: Mapped[float | None] = mapped_column(Float)
    ms: Mapped[float] = mapped_column(Float)
    error: Mapped[str] = mapped_column(FreeText())
    note: Mapped[str] = mapped_column(FreeText())
    at: Mapped[datetime]


class AgentSpecRow(Base):
    """An agent that can be run by name."""

    __tablename__ = "agent_specs"

    name: Mapped[str] = mapped_column(String(160), primary_key=True)
    payload: Mapped[dict[str, Any]]
    spec_hash: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(120))
