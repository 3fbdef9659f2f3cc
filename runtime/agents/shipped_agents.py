"""The agents behind the agent and debate nodes, as specs; and those that can be run by name."""

from runtime.agents.provider import Side
from runtime.agents.spec import QUANT, AgentSpec, ModelChoice, OutputField

TOOLS = ("measures", "momentum", "drawdown", "volatility", "correlation", "regime", "ranking")
_CONFIDENCE = OutputField(
    name="confidence", type="number", minimum=0.0, maximum=1.0, description="How sure you are, 0 to 1."
)
_PROPERTY = (
    "You work on a trading desk. You are given measures of a share, each with a score from -1 (against it) to 1 (for it). "
    "Everything you are given ends on the day that is named; you know nothing of what came after it."
)


def analyst(model: ModelChoice, role: str) -> AgentSpec:
    """Return the agent that forms a view of one share."""
    return AgentSpec(
        name="research.analyst",
        role=role,
        system_prompt=f"{_PROPERTY} Form a view of the share and give your reasons, with their numbers.",
        model=model,
        tools=TOOLS,
        output=(
            OutputField(name="direction", choices=("long", "short")),
            OutputField(
                name="strength",
                type="number",
                minimum=0.0,
                maximum=1.0,
                description="Size of the view, 0 to 1.",
            ),
            _CONFIDENCE,
            OutputField(name="rationale", description="Two to five sentences."),
        ),
    )


def researcher(model: ModelChoice, side: Side) -> AgentSpec:
    """Return the agent that argues one side of a debate."""
    aim = "for what is proposed" if side == "bull" else "against what is proposed"
    return AgentSpec(
        name=f"research.{side}_researcher",
        role=f"{side.capitalize()} researcher",
        system_prompt=(
            f"{_PROPERTY} You argue {aim}, against another researcher. Each turn answers what was said before and adds "
            "one argument that nobody has made yet. Say so when there is none left; do not repeat yourself."
        ),
        model=model,
        tools=TOOLS,
        output=(
            OutputField(
                name="has_argument", type="boolean", description="False when you have nothing new to say."
            ),
            OutputField(name="title", description="Your new argument in two to five words.", required=False),
            OutputField(name="argument", description="One to four sentences, with numbers.", required=False),
            OutputField(
                name="measure", description="Id of the measure it rests on, if on one.", required=False
            ),
            OutputField(
                name="weight",
                type="number",
                minimum=-1.0,
                maximum=1.0,
                description="How much the argument helps your side, -1 to 1; negative when you concede.",
                required=False,
            ),
            _CONFIDENCE,
        ),
    )


def portfolio_manager(model: ModelChoice) -> AgentSpec:
    """Return the agent that judges a debate."""
    return AgentSpec(
        name="research.portfolio_manager",
        role="Portfolio manager",
        system_prompt=(
            f"{_PROPERTY} Two researchers have debated a proposal. Decide what to do and say why, naming the argument that "
            "decided it. Hold when neither side convinces."
        ),
        model=model,
        output=(
            OutputField(name="action", choices=("buy", "sell", "hold")),
            _CONFIDENCE,
            OutputField(name="rationale", description="Two to five sentences."),
        ),
    )


def shipped_specs() -> tuple[AgentSpec, ...]:
    """Return the agents that every installation has, by name; they think without a chat model."""
    return (analyst(QUANT, "Quantitative analyst"),)
