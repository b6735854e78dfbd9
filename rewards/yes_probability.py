"""The yes-probability protocol: how likely a judge says yes.

One question that is answered with yes or no; the score is the probability of yes among the two, read from the
first token's probabilities in one request, as in VQAScore (arXiv 2404.01291), RewardDance (arXiv 2509.08826:
"better than the reference?") and PaCo-RL (arXiv 2512.04784, published code: one token, twenty likeliest).
Where an endpoint gives no probabilities, or the first token is mostly neither (a model that thinks first), it
is the share of yes among several sampled answers.
"""

__all__ = ["YesNo", "chance_of_yes"]

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

from ..errors import JudgeError, UsageError
from .judge import Judge
from .question import Part, Question
from .score import Score

PROTOCOL = "yes_probability/1"
LIKELIEST = 20
LEAST_MASS = 0.5
WORDS = ("yes", "no")
SYSTEM = (
    "You are a strict and careful judge of visual work. You are shown a work and asked one question about "
    "it. Answer with one word, yes or no. Say yes only if what you are shown bears it out."
)


@dataclass(frozen=True)
class YesNo:
    """A question that is answered with yes or no.

    Args:
        name: of its part in the Score.
        question: ours, in plain words, such as `Does every chart name its unit?`.
        samples: answers to draw at temperature 1 where probabilities are not to be had; at least 1.
        reads_first_token: False for a judge that always thinks first: the request for probabilities is saved.

    Raises:
        UsageError: fewer than one sample.
    """

    name: str
    question: str
    samples: int = 8
    reads_first_token: bool = True

    def __post_init__(self) -> None:
        if self.samples < 1:
            raise UsageError(f"a yes-no question takes at least 1 sample, got {self.samples}")

    def score(self, judge: Judge, *parts: Part) -> Score:
        """How likely the judge says yes of a work.

        Formula: P(yes) / (P(yes) + P(no)), or yes answers / samples.

        Args:
            judge: who is asked.
            parts: the work: pictures, texts of ours, and `Data` for what the judged one wrote.

        Raises:
            JudgeError, UsageError, StorageError: as `Judge.ask`.
        """
        if self.reads_first_token:
            chance = self._by_probability(judge, parts)
            if chance is not None:
                return Score(chance, {self.name: chance}, f"{self.name}: yes with probability {chance:.3f}")
        drawn = [self._question(parts, sample) for sample in range(self.samples)]
        answers = [answer.value for answer in judge.ask_all(drawn)]
        share = answers.count("yes") / len(answers)
        told = {f"{self.name}_{k}": float(answer == "yes") for k, answer in enumerate(answers)}
        why = f"{self.name}: {answers.count('yes')} of {len(answers)} answers were yes"
        return Score(share, {self.name: share, **told}, why)

    def _by_probability(self, judge: Judge, parts: tuple[Part, ...]) -> float | None:
        question = Question(
            PROTOCOL, SYSTEM, self._told(parts), top_logprobs=LIKELIEST, max_tokens=1, temperature=0.0
        )
        try:
            return chance_of_yes(judge.ask(question).first_token)
        except JudgeError as error:
            if error.reason != "refused":  # some endpoints refuse to tell probabilities
                raise
            return None

    def _question(self, parts: tuple[Part, ...], sample: int) -> Question:
        return Question(PROTOCOL, SYSTEM, self._told(parts), choices=WORDS, sample=sample, temperature=1.0)

    def _told(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        return (*parts, f"{self.question} Answer yes or no.")


def chance_of_yes(first_token: Mapping[str, float]) -> float | None:
    """Probability of yes among yes and no; None where the two have less than half of it together.

    Args:
        first_token: token -> natural logarithm of its probability; spellings of a word are summed.

    >>> round(chance_of_yes({"Yes": -0.6931, " yes": -2.3026, "No": -1.6094, "The": -3.0}), 3)
    0.75
    >>> chance_of_yes({"<think>": 0.0, "Yes": -9.0}), chance_of_yes({})
    (None, None)
    """
    mass = dict.fromkeys(WORDS, 0.0)
    for token, level in first_token.items():
        word = token.strip(" \n\t\u0120\u2581*\"'.").lower()
        if word in mass:
            mass[word] += exp(level)
    total = sum(mass.values())
    return mass["yes"] / total if total >= LEAST_MASS else None
