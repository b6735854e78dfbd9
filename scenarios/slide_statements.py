"""What a note can state: a fact with its question, prose and series.

Each maker draws figures that agree with each other and says them in one of several wordings. Knows no note
and no brief; the words come from `slide_field.py`.
"""

__all__ = ["Statement", "Teller", "capital", "len_months", "listed"]

from collections.abc import Sequence
from dataclasses import dataclass

from ..rewards.vocabulary import stem, stems
from .slide_draws import Amount, Draws, Period, percent
from .slide_field import COUNT, MEASURE, MONEY, SHARE, Field, Metric


@dataclass(frozen=True)
class Statement:
    """A fact as a note states it."""

    id: str
    ask: str
    text: str
    values: tuple[str, ...]
    terms: tuple[str, ...]
    prose: str
    """Sentences of a note, every value in them letter for letter."""
    points: tuple[tuple[str, float], ...] = ()
    """Points of a series that the prose states."""
    title: str = ""
    """What the series shows."""
    unit: str = ""
    """Unit of its points."""


class Teller:
    """Makes statements about one part of a company in one period.

    Args:
        draws: random choices.
        field: vocabulary.
        period: what is reported on.
    """

    def __init__(self, draws: Draws, field: Field, period: Period) -> None:
        self.draws = draws
        self.field = field
        self.period = period
        self.levels: dict[str, Amount] = {}
        self.earlier: dict[str, Amount] = {}

    def development(self, metric: Metric, level: Amount | None = None) -> Statement:
        """Where a metric stands and how it changed; a share from one value to another.

        Args:
            metric: what is told.
            level: where it stands, if that is known.
        """
        now, before = self._levels(metric, level)
        self.levels[metric.name], self.earlier[metric.name] = now, before
        is_up = now.units > before.units
        cause = self.draws.fresh(self.field.helps if is_up == (metric.better > 0) else self.field.hurts)
        name = metric.name
        if metric.kind == SHARE:
            verb = self._share_verb(is_up, metric.better)
            prose = self.draws.pick(
                (
                    f"{capital(name)} went from {before} to {now}. We put this down to {cause}.",
                    f"After {before} in {self.period.before}, {name} came to {now}. {capital(cause)} "
                    "explained most of it.",
                    f"{capital(name)} stood at {before} a year ago and at {now} in {self.period.label}, "
                    f"chiefly because of {cause}.",
                )
            )
            return Statement(
                _slug(metric.terms[0]),
                f"how {name} changed, from what to what",
                f"{capital(name)} {verb} from {before} to {now}.",
                (str(before), str(now)),
                metric.terms,
                prose,
            )
        growth = _growth(now, before)
        way, rise = ("up", "a rise") if is_up else ("down", "a fall")
        shown, was = self._with_unit(metric, now), self._with_unit(metric, before)
        rose = self.draws.pick(("rose", "grew", "went up") if is_up else ("fell", "went down", "dropped"))
        text = self.draws.pick(
            (
                f"{capital(name)} {rose} by {growth} on the previous year to {shown}.",
                f"{capital(name)} came to {shown}, {growth} {way} on a year earlier.",
                f"At {shown}, {name} stood {growth} {'above' if is_up else 'below'} the previous year.",
            )
        )
        prose = self.draws.pick(
            (
                f"{capital(name)} came to {shown}, against {was} in {self.period.before}: {rise} of "
                f"{growth}. The main reason was {cause}.",
                f"In {self.period.before}, {name} stood at {was}; this time we count {shown}, {growth} "
                f"{way}. {capital(cause)} played the largest part.",
                f"{capital(name)} moved from {was} to {shown}. That is {growth} {way} on "
                f"{self.period.before}, mostly because of {cause}.",
            )
        )
        value = str(now) if metric.kind != MEASURE or " " not in metric.unit else f"{now.before}{now.digits}"
        return Statement(
            _slug(metric.terms[0]),
            f"how {name} developed on the previous year and where it stands",
            text,
            (growth, value),
            metric.terms,
            prose,
        )

    def by_time(self, metric: Metric) -> Statement:
        """The months or quarters of a metric that adds up, and the highest of them."""
        total = self.levels[metric.name]
        parts = self._split(total, len(self.period.parts))
        best = max(range(len(parts)), key=lambda i: parts[i].units)
        month = self.period.parts[best]
        kind = "quarter" if month.startswith("Q") else "month"
        told = listed([f"{part} in {name}" for name, part in zip(self.period.parts, parts, strict=True)])
        share = percent(parts[best].units, total.units)
        return Statement(
            f"peak-{kind}-{_slug(metric.terms[0])}",
            f"which {kind} was the peak for {metric.name}, and how high it was",
            f"{month} was the peak {kind} for {metric.name} with {parts[best]}, {share} of the total.",
            (month, str(parts[best]), share),
            metric.terms,
            f"By {kind}, {metric.name} came to {told}. {month} was the peak with {share} of the total.",
            tuple((name, part.value) for name, part in zip(self.period.parts, parts, strict=True)),
            f"{_headed(metric.name)} by {kind}",
            self._series_unit(metric),
        )

    def by_product(self, metric: Metric) -> Statement:
        """The parts of a metric that adds up, the largest first."""
        total = self.levels[metric.name]
        names = self.draws.some(self.field.products, self.draws.whole(4, 6))
        parts = sorted(self._split(total, len(names)), key=lambda part: -part.units)
        told = listed([f"{name} {part}" for name, part in zip(names, parts, strict=True)])
        share = percent(parts[0].units, total.units)
        return Statement(
            f"largest-{_slug(metric.terms[0])}",
            f"which part contributes most to {metric.name}, and how much",
            f"{names[0]} contributed most to {metric.name}: {parts[0]}, or {share} of the total.",
            (names[0], str(parts[0]), share),
            metric.terms,
            f"By kind, {metric.name} divided as follows: {told}. The first of them stands for {share} of "
            "the total.",
            tuple((name, part.value) for name, part in zip(names, parts, strict=True)),
            f"{_headed(metric.name)} by kind",
            self._series_unit(metric),
        )

    def forecast(self, metric: Metric) -> Statement:
        """What is expected in the end, against the budget."""
        while True:
            level = self.levels[metric.name]
            scale = self.draws.between(1.02, 1.12) * 12 / len_months(self.period)
            budget = level.of(_coarse(level.units * scale))
            turn = self.draws.pick((-1, 1)) * self.draws.between(0.012, 0.07)
            now = budget.of(_coarse(budget.units * (1 + turn)))
            gap = percent(abs(now.units - budget.units), budget.units)
            if self.draws.take(str(now), gap):
                break
            self.draws.again()
        side = "above" if now.units > budget.units else "below"
        return Statement(
            f"forecast-{_slug(metric.terms[0])}",
            f"what is forecast for {metric.name}, and how far that is from the budget",
            f"The forecast for {metric.name} over the next twelve months is "
            f"{self._with_unit(metric, now)}, {gap} {side} budget.",
            (str(now), gap),
            ("forecast", "outlook"),
            f"For the next twelve months the budget for {metric.name} is {budget}. Our forecast is now "
            f"{now}, {gap} {side} that.",
        )

    def _levels(self, metric: Metric, level: Amount | None) -> tuple[Amount, Amount]:
        """Two amounts shown alike, whose change is neither nil nor wild, and whose figures are new."""
        while True:
            now = level or self._amount(metric)
            sign = self.draws.pick((-1, 1, 1)) * metric.better  # things get better more often than worse
            if metric.kind == SHARE:
                gap = max(2, round(now.units * self.draws.between(0.02, 0.1)))
                before = now.of(now.units - sign * gap)
                is_new = before.units > 0 and not _is_whole(before)
            else:
                before = now.of(_coarse(now.units / (1 + sign * self.draws.between(0.015, 0.14))))
                is_new = before.units not in (0, now.units) and self.draws.take(_growth(now, before))
            if is_new and (level or self.draws.take(now.digits, before.digits)):
                break
            self.draws.again()
        return now, before

    def _amount(self, metric: Metric) -> Amount:
        size = self.draws.size(metric.low, metric.high)
        if metric.kind == MONEY:
            return self.draws.money(size)
        if metric.kind == SHARE:
            return Amount(round(size * 10), 1, after="%")
        if metric.kind == COUNT:
            return Amount(_coarse(size), 0)
        decimals = 0 if size >= 100 else 1
        if metric.unit.startswith("EUR"):
            return Amount(round(size * 100), 2, before=self.draws.currency)
        after = f" {metric.unit}" if " " not in metric.unit else ""
        return Amount(round(size * 10**decimals), decimals, after=after)

    def _with_unit(self, metric: Metric, amount: Amount) -> str:
        if metric.unit.startswith("EUR"):
            return f"{amount}{metric.unit.removeprefix('EUR')}"
        is_said = metric.kind == COUNT and stem(metric.unit.split()[0]) in stems(metric.name)
        return f"{amount} {metric.unit}" if metric.unit and not amount.after and not is_said else str(amount)

    def _series_unit(self, metric: Metric) -> str:
        level = self.levels[metric.name]
        return f"{level.before.strip()}{level.after}" if metric.kind == MONEY else metric.unit

    def _split(self, total: Amount, count: int) -> list[Amount]:
        """Parts that sum up exactly, the largest of them alone at the top."""
        while True:
            weights = self.draws.rng.uniform(0.55, 1.45, count).tolist()
            whole = sum(weights)
            units = [_coarse(total.units * weight / whole) for weight in weights]
            units[-1] += total.units - sum(units)
            ordered = sorted(units)
            is_new = ordered[-1] > ordered[-2] and ordered[0] > 0
            shown = percent(ordered[-1], total.units)
            if is_new and self.draws.take(str(total.of(ordered[-1])), shown):
                break
            self.draws.again()
        return [total.of(unit) for unit in units]

    def _share_verb(self, is_up: bool, better: int) -> str:
        if is_up == (better > 0):
            return self.draws.pick(("improved", "rose" if is_up else "fell"))
        return self.draws.pick(("climbed", "rose") if is_up else ("slipped", "fell"))


def capital(text: str) -> str:
    """A text with a capital letter at its head.

    >>> capital("the margin")
    'The margin'
    """
    return text[:1].upper() + text[1:]


def len_months(period: Period) -> int:
    """Months of a period."""
    return {3: 3, 6: 6, 4: 12}[len(period.parts)]


def _growth(now: Amount, before: Amount) -> str:
    return percent(abs(now.units - before.units), before.units)


def _coarse(size: float) -> int:
    """A whole number with at most four digits that are not 0."""
    step = 10 ** max(0, len(str(round(size))) - 4)
    return round(size / step) * step


def _is_whole(amount: Amount) -> bool:
    return amount.units % 1000 == 0


def _headed(name: str) -> str:
    """A metric's name as a heading."""
    return capital(name.removeprefix("the ").removeprefix("number of "))


def _slug(text: str) -> str:
    return "-".join(text.replace("-", " ").split())


def listed(parts: Sequence[str]) -> str:
    """Parts as they stand in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
