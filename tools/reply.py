"""The answer hand: records what the agent answers, and nothing more."""

__all__ = ["AnswerHand"]

from typing import Annotated

from .tool import Length, ToolResult, tool


class AnswerHand:
    """Carries `answer`; `given` is None until it was called."""

    def __init__(self) -> None:
        self.given: str | None = None

    @tool
    def answer(self, value: Annotated[str, Length(0, 1000)]) -> ToolResult:
        """Give the final answer; this ends the episode.

        Args:
            value: The answer alone, without any explanation.

        Returns:
            A note that the answer was recorded.
        """
        self.given = value
        return ToolResult(("your answer was recorded",))
