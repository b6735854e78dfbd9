"""The finish hand of cities: hands a city in, and says what is asked next.

Knows the city and what will be said; no task, no key.
"""

__all__ = ["FinishHand"]

from collections.abc import Sequence
from typing import Any

from ..errors import UsageError
from .city import City
from .city_hand import CityHand
from .city_problems import told
from .city_program import parse_program, program_data
from .tool import ToolResult, tool


class FinishHand:
    """Carries `finish`, and keeps the city as it stood at each call of it.

    Args:
        hand: the hand whose city is handed in.
        following: the instructions that follow the first one, in order.
    """

    def __init__(self, hand: CityHand, following: Sequence[str] = ()) -> None:
        self._hand = hand
        self._following = tuple(following)
        self.handed_in: list[City] = []

    @property
    def is_done(self) -> bool:
        """Whether nothing is asked any more."""
        return len(self.handed_in) > len(self._following)

    @tool
    def finish(self) -> ToolResult:
        """Hand the city in as it stands; this ends the episode, unless another instruction follows.

        Returns:
            The next instruction, or a note that all is done.
        """
        self.handed_in.append(self._hand.city)
        if self.is_done:
            return ToolResult(("the city was handed in",))
        number = len(self.handed_in)
        instruction = self._following[number - 1]
        text = (
            f"the city was handed in; instruction {number + 1} of {len(self._following) + 1}:\n{instruction}"
        )
        return ToolResult((text,))

    def state(self) -> list[dict[str, Any]]:
        """What a snapshot keeps: the programs that were handed in."""
        return [program_data(city.program) for city in self.handed_in]

    def restore(self, state: Sequence[Any]) -> None:
        """Take up a state of `state()`.

        Raises:
            UsageError: it holds no valid programs, or more than were asked for.
        """
        if len(state) > len(self._following) + 1:
            raise UsageError(f"{len(state)} cities were handed in, {len(self._following) + 1} were asked for")
        cities = []
        for data in state:
            program, problems = parse_program(data)
            if program is None:
                raise UsageError(f"what was handed in is no valid program:\n{told(problems)}")
            cities.append(City(program))
        self.handed_in = cities
