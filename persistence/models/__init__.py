"""The schema: one class per table, by subject."""

from persistence.models.accounts import (
    ExperimentRow,
    ProjectRow,
    SessionRow,
    SignInAttemptRow,
    SignInLinkRow,
    TestRow,
    UserRow,
    WorkspaceRow,
)
from persistence.models.agents import AgentSpecRow, AgentStepRow
from persistence.models.base import Base
from persistence.models.bots import BotRow, BotVersionRow
from persistence.models.controls import (
    AgentMemoryRow,
    AuditRow,
    KillSwitchRow,
    OverrideRow,
    SettingChangeRow,
)
from persistence.models.desks import DeskEventRow, DeskRunRow
from persistence.models.halts import EverythingHaltRow, HaltItemRow, HaltRow
from persistence.models.paper import PaperAccountRow, PaperFillRow, PaperOrderRow
from persistence.models.paper_sessions import (
    PaperSessionFillRow,
    PaperSessionLedgerRow,
    PaperSessionOrderRow,
    PaperSessionRow,
)
from persistence.models.requests import DeletionRow, RunRequestKeyRow
from persistence.models.rl import ExperimentVersionRow
from persistence.models.schedules import ScheduleRow
from persistence.models.studio import (
    ApprovalRow,
    ArtifactRow,
    DispatchRow,
    DraftEditRow,
    DraftRow,
    RunEventRow,
)
from persistence.models.tokens import ApiTokenRow
from persistence.models.workflows import RunRow, SpecRow, VersionRow

__all__ = [
    "AgentMemoryRow",
    "AgentSpecRow",
    "AgentStepRow",
    "ApiTokenRow",
    "ApprovalRow",
    "ArtifactRow",
    "AuditRow",
    "Base",
    "BotRow",
    "BotVersionRow",
    "DeletionRow",
    "DeskEventRow",
    "DeskRunRow",
    "DispatchRow",
    "DraftEditRow",
    "DraftRow",
    "EverythingHaltRow",
    "ExperimentRow",
    "ExperimentVersionRow",
    "HaltItemRow",
    "HaltRow",
    "KillSwitchRow",
    "OverrideRow",
    "PaperAccountRow",
    "PaperFillRow",
    "PaperOrderRow",
    "PaperSessionFillRow",
    "PaperSessionLedgerRow",
    "PaperSessionOrderRow",
    "PaperSessionRow",
    "ProjectRow",
    "RunEventRow",
    "RunRequestKeyRow",
    "RunRow",
    "ScheduleRow",
    "SessionRow",
    "SettingChangeRow",
    "SignInAttemptRow",
    "SignInLinkRow",
    "SpecRow",
    "TestRow",
    "UserRow",
    "VersionRow",
    "WorkspaceRow",
]
