"""What went to a model and came from it, as the record of a step keeps it."""

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from runtime.agents.request import Reply


def told(messages: Sequence[BaseMessage]) -> dict[str, Any]:
    """Return messages to a model, without its own answers: those are in the steps before."""
    return {
        "messages": [
            {"role": message.type, "text": message.text}
            for message in messages
            if not isinstance(message, AIMessage)
        ]
    }


def answered(reply: Reply | None) -> dict[str, Any]:
    """Return what a model said and which tools it wants; nothing for a request that failed."""
    if reply is None:
        return {}
    tools = [{"name": each.name, "arguments": each.arguments} for each in reply.tools]
    return {"text": reply.text} | ({"tools": tools} if tools else {})
