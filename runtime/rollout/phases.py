"""The rollout of the control plane as data: phases in the order of the runbook, what each activates and what must be true before."""

from dataclasses import dataclass
from typing import Literal

from runtime.settings import SettingName

CheckName = Literal["regression", "watchdog", "migration", "workers", "beat", "risk-gate", "kill-switch"]
BASELINE_REVISION = 45
"""Every phase needs the platform before: revision 0045."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One step of the rollout."""

    number: int
    title: str
    advice: str
    """When to take it, in the runbook's words."""
    settings: tuple[SettingName, ...]
    """What is flipped here; several are offered as one flip."""
    checks: tuple[CheckName, ...]
    """What must be true before."""
    revision: int = BASELINE_REVISION
    """The migration that the database must have at least."""
    rollback: str
    """How it is taken back; no data is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one setting does."""

    title: str
    activates: str
    on: str
    """What changes for people when it is switched on."""
    off: str
    """What changes when it is switched off."""
    needs: tuple[SettingName, ...] = ()
    """Settings without which it does little or nothing."""


ALWAYS: tuple[CheckName, ...] = ("regression", "watchdog", "migration", "kill-switch")

PHASES: tuple[Phase, ...] = (
    Phase(
        number=0,
        title="Everything at its default",
        advice="Deploy with every flag at its default and run the regression tests: nothing may have changed.",
        settings=(),
        checks=ALWAYS,
        rollback="Nothing to take back.",
    ),
    Phase(
        number=1,
        title="Adapters and runtime",
        advice="The runtime and its adapters are there; with every flag off they change nothing.",
        settings=(),
        checks=ALWAYS,
        rollback="Nothing to take back.",
    ),
    Phase(
        number=2,
        title="Debate and crews",
        advice="Switch crews on if you want crews of agents; otherwise leave them off. The cap on debate rounds always counts.",
        settings=(
            "orchestration_crew_adapter_enabled",
            "orchestration_max_debate_rounds",
            "orchestration_halt_check_timeout_seconds",
        ),
        checks=(*ALWAYS, "workers"),
        rollback="Switch it off: crews are refused by policy from their next transition on. The two numbers go back to 2 and 1.0 s.",
    ),
    Phase(
        number=3,
        title="Schedules",
        advice="Switch schedules on after workers and beat were restarted with this release.",
        settings=("orchestration_schedule_enabled",),
        checks=(*ALWAYS, "workers", "beat"),
        rollback="Switch it off: runs under way finish, no new one is enqueued.",
    ),
    Phase(
        number=4,
        title="Fusion",
        advice="Switch fusion on only after the risk gate was seen to route correctly on the staging data set: it stays authoritative.",
        settings=("orchestration_fusion_enabled",),
        checks=(*ALWAYS, "risk-gate"),
        rollback="Switch it off: the fusion graph refuses to compile; the other graphs are unaffected.",
    ),
    Phase(
        number=5,
        title="Studio and versions",
        advice="Apply migration 0046 first, then switch both on together.",
        settings=("orchestration_studio_enabled", "orchestration_workflow_versioning_enabled"),
        checks=(*ALWAYS, "workers"),
        revision=46,
        rollback="Switch them off: /workflows/* answers 503, new runs freeze no version; every version stays readable.",
    ),
    Phase(
        number=6,
        title="Halt fan-out",
        advice="Switch it on last: the halt buttons and the watchdog then reach workflow runs as well.",
        settings=("orchestration_kill_propagation_enabled",),
        checks=(*ALWAYS, "workers", "beat"),
        revision=46,
        rollback='Switch it off: the other five halt buttons stay as they are, "Halt workflows" does nothing and says so.',
    ),
)

EFFECTS: dict[SettingName, Effect] = {
    "orchestration_studio_enabled": Effect(
        title="Studio",
        activates="The /workflows/* API, the studio's pages and the registry of workflows.",
        on="Analysts can draw and run workflows; the gallery, the editor and the runs page open.",
        off="/workflows/* answers 503 to everybody and the studio's pages say that it is off. Runs under way go on; the control room still halts them.",
    ),
    "orchestration_crew_adapter_enabled": Effect(
        title="Crews",
        activates="Crews of agents (CrewProcessAdapter and crew nodes).",
        on="Workflows may use crews; crewai is imported when the first one is invoked.",
        off="Crews are refused by policy; they stay in the catalogue, greyed out.",
    ),
    "orchestration_fusion_enabled": Effect(
        title="Fusion",
        activates="Signal fusion, weight-centric execution and the debate graph with fusion.",
        on="Fusion nodes and adapters run; the risk gate still decides what leaves.",
        off="Fusion nodes and adapters are refused by policy and the fusion graph refuses to compile.",
    ),
    "orchestration_schedule_enabled": Effect(
        title="Schedules",
        activates="Scheduled runs: beat entries and the schedule adapter.",
        on="Enabled schedules fire at their next slot.",
        off="Nothing is enqueued any more; runs under way finish.",
    ),
    "orchestration_workflow_versioning_enabled": Effect(
        title="Versions",
        activates="A frozen version of the spec on its first run.",
        on="Each run names the exact version it ran.",
        off="Runs go on without a version; existing versions stay readable.",
        needs=("orchestration_studio_enabled",),
    ),
    "orchestration_kill_propagation_enabled": Effect(
        title="Halt fan-out",
        activates='"Halt workflows", the workflows lane of "Halt everything", and the workflow watchdog.',
        on="Operators can halt all workflow runs at once, and stalled ones are halted by the watchdog.",
        off='"Halt workflows" does nothing and says so. Halting one run and the kill switch always work.',
        needs=("orchestration_studio_enabled",),
    ),
    "orchestration_max_debate_rounds": Effect(
        title="Debate rounds",
        activates="Hard cap on the rounds of any debate, read before each round.",
        on="Debates under way keep to it from their next round on.",
        off="Back to 2 rounds.",
    ),
    "orchestration_halt_check_timeout_seconds": Effect(
        title="Halt-check budget",
        activates="Seconds that one halt check may take, and the grace before a process is killed.",
        on="Used from the next transition on.",
        off="Back to 1.0 s.",
    ),
}


def phase_of(name: SettingName) -> Phase:
    """Return the phase in which a setting is flipped."""
    return next(phase for phase in PHASES if name in phase.settings)
