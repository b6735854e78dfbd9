"""Statements of notes other than reports: surveys, incidents, tenders.

Makers of statements in the manner of `slide_statements.py`; each returns two or three that belong together
and whose figures agree.
"""

__all__ = ["decision", "incident", "market", "staff", "survey", "tender"]

from datetime import timedelta

from .slide_draws import Amount, percent
from .slide_field import Goods, Incident, Project
from .slide_statements import Statement, Teller, capital, listed

ASPECTS = (4, 7)


def survey(teller: Teller) -> list[Statement]:
    """Weakest aspect, readiness to recommend, how many took part."""
    draws, field, period = teller.draws, teller.field, teller.period
    names = draws.some(field.aspects, draws.whole(*ASPECTS))
    while True:
        levels = sorted({draws.whole(58, 93) for _ in names} | {draws.whole(41, 56)})
        if len(levels) >= len(names) and draws.take(f"{levels[0]}%"):
            break
        draws.again()
    names, levels = names[: len(levels)], levels[: len(names)]
    order = draws.some(list(zip(names, levels, strict=True)), len(names))
    weakest, low = names[0], levels[0]
    while True:
        asked = draws.whole(90, 640) * 10
        answered = round(asked * draws.between(0.24, 0.62))
        rate = percent(answered, asked)
        if draws.take(f"{answered:,}", rate):
            break
        draws.again()
    while True:
        ready, before = draws.whole(48, 86), draws.whole(44, 88)
        if abs(ready - before) > 1 and draws.take(f"{ready}%", f"{abs(ready - before)} points"):
            break
        draws.again()
    gap, more = f"{abs(ready - before)} points", "more" if ready > before else "fewer"
    told = listed([f"{name} {level}%" for name, level in order])
    return [
        Statement(
            "weakest-aspect",
            f"with what the {field.customers} are least content, and how many are content with it",
            f'Only {low}% of the {field.customers} asked are content with "{weakest}", the weakest aspect.',
            (f"{low}%", weakest),
            ("content", "satisfied", "satisfaction"),
            f"Content or very content, by aspect: {told}. "
            + draws.pick(
                (
                    f'"{weakest}" is the weakest by some distance, and the comments are plain.',
                    f'Nobody will be surprised that "{weakest}" comes last.',
                    f'We have to talk about "{weakest}", which comes last once more.',
                )
            ),
            tuple((name, float(level)) for name, level in order),
            f"Content {field.customers} by aspect",
            "%",
        ),
        Statement(
            "recommend",
            f"how many {field.customers} would recommend us, and how that changed",
            f"Of those asked {ready}% would recommend us, {gap} {more} than a year earlier.",
            (f"{ready}%", gap),
            ("recommend",),
            f"{ready}% would recommend us to others; a year earlier it was {before}%, so this is {gap} "
            f"{more}.",
        ),
        Statement(
            "response",
            f"how many {field.customers} answered, and what share of those invited that is",
            f"In all {answered:,} {field.customers} answered the survey, a response rate of {rate}.",
            (f"{answered:,}", rate),
            ("survey", "response", "answered"),
            f"We invited {asked:,} {field.customers} in {period.label}; {answered:,} answered, a response "
            f"rate of {rate}.",
        ),
    ]


def incident(teller: Teller, what: Incident) -> list[Statement]:
    """When something went wrong and how long it lasted, what it cost, what prevents it."""
    draws, period = teller.draws, teller.period
    day = draws.day(period.first, period.last)
    fixed = draws.day(period.last + timedelta(days=30), period.last + timedelta(days=200))
    while True:
        lasted = f"{draws.whole(3, 23) if what.unit == 'days' else draws.whole(5, 58)} {what.unit}"
        cost = draws.money(draws.size(0.11, 0.92))
        paid = cost.of(round(cost.units * draws.between(0.3, 0.85) / 5000) * 5000)
        own = cost.of(cost.units - paid.units)
        if 0 < paid.units < cost.units != 2 * paid.units and draws.take(lasted, str(cost), str(paid)):
            break
        draws.again()
    return [
        Statement(
            "incident",
            f"when {what.what} {what.effect}, and for how long",
            f"On {day} {what.what} {what.effect} for {lasted}.",
            (day, lasted),
            (what.term, "incident"),
            draws.pick(
                (
                    f"On {day} {what.what} {what.effect}. It took {lasted} until work went on as usual.",
                    f"{capital(what.what)} {what.effect} on {day}; normal service was back after {lasted}.",
                )
            ),
        ),
        Statement(
            "damage",
            "what the incident cost, and how much of it the insurance pays",
            f"The incident cost {cost}, of which the insurance pays {paid}.",
            (str(cost), str(paid)),
            ("incident", "insurance", "damage"),
            f"The damage comes to {cost} including lost business. The insurance pays {paid}; {own} remain "
            "with us.",
        ),
        Statement(
            "prevention",
            "what prevents a repeat of the incident, and by when",
            f"To prevent a repeat, {what.fix} by {fixed}.",
            (fixed,),
            ("repeat", "prevent", "prevention"),
            draws.pick(
                (
                    f"So that this does not happen again, {what.fix} by {fixed}.",
                    f"The lesson is drawn: {what.fix} by {fixed}, and the team leader reports when it is "
                    "done.",
                )
            ),
        ),
    ]


def decision(teller: Teller, project: Project) -> list[Statement]:
    """What a project costs, when it pays back, when it starts."""
    draws, period = teller.draws, teller.period
    start = draws.day(period.last + timedelta(days=60), period.last + timedelta(days=330))
    while True:
        cost = draws.money(draws.size(1.0, 28))
        gain = draws.money(cost.value / draws.between(2.2, 6.8))
        years = cost.value / (gain.value if "million" in gain.after else gain.value / 1e6)
        lasting = f"{years:.1f} years"
        if draws.take(str(cost), str(gain), lasting):
            break
        draws.again()
    return [
        Statement(
            "investment",
            f"what the investment in {project.name} costs",
            f"The investment in {project.name} costs {cost}.",
            (str(cost),),
            ("investment", project.term),
            draws.pick(
                (
                    f"The offers are in: {project.name} would cost {cost}, installation and training "
                    "included.",
                    f"For {project.name} we ask for {cost}. The sum covers purchase, installation and "
                    "training.",
                )
            ),
        ),
        Statement(
            "payback",
            f"what {project.name} would bring in a year, and how soon it pays back",
            f"With {gain} a year from {project.benefit}, it pays back in {lasting}.",
            (str(gain), lasting),
            ("pays back", "payback", "benefit"),
            draws.pick(
                (
                    f"We expect {gain} a year from {project.benefit}. At that rate the money is back in "
                    f"{lasting}.",
                    f"The benefit is {project.benefit}, worth {gain} a year; the investment pays back in "
                    f"{lasting}.",
                )
            ),
        ),
        Statement(
            "start",
            f"when {project.name} could start",
            f"If approved, work on {project.name} starts on {start}.",
            (start,),
            ("approved", "starts", "start"),
            draws.pick(
                (
                    f"With a decision at this meeting, work could start on {start}.",
                    f"The supplier has reserved {start} for the start; later dates would mean a new offer.",
                )
            ),
        ),
    ]


def staff(teller: Teller) -> list[Statement]:
    """Headcount, open posts, training."""
    draws, period = teller.draws, teller.period
    while True:
        before, joined, left = draws.whole(180, 2400), draws.whole(21, 160), draws.whole(21, 160)
        now = before + joined - left
        if joined != left and draws.take(f"{now:,}", f"{joined} joiners", f"{left} leavers"):
            break
        draws.again()
    while True:
        posts, days = f"{draws.whole(11, 96)} posts", f"{draws.whole(31, 118)} days"
        if draws.take(posts, days):
            break
        draws.again()
    while True:
        hours, past = draws.whole(9, 44), draws.whole(6, 40)
        if hours != past and draws.take(f"{hours} hours"):
            break
        draws.again()
    return [
        Statement(
            "headcount",
            "how many people work there now, and how many joined and left",
            f"Headcount stands at {now:,} after {joined} joiners and {left} leavers.",
            (f"{now:,}", f"{joined} joiners", f"{left} leavers"),
            ("headcount", "staff"),
            f"We began with {before:,} people. With {joined} joiners and {left} leavers, headcount is "
            f"{now:,} today.",
        ),
        Statement(
            "open-posts",
            "how many posts are open, and how long it takes to fill one",
            f"At present {posts} are open, and filling one takes {days} on average.",
            (posts, days),
            ("posts", "vacancies", "filling"),
            f"{posts} are open at the moment. Filling one takes {days} on average, which wears the teams "
            "down.",
        ),
        Statement(
            "training",
            f"how many hours of training the {teller.field.staff} had",
            f"The {teller.field.staff} had {hours} hours of training each in {period.label}.",
            (f"{hours} hours",),
            ("training",),
            f"Training is the subject that people raise first. The {teller.field.staff} had {hours} hours "
            "each, "
            f"against {past} in {period.before}.",
        ),
    ]


def market(teller: Teller) -> list[Statement]:
    """Our share of the market, its growth, the prices of others."""
    draws, field, period = teller.draws, teller.field, teller.period
    while True:
        now, before = draws.whole(60, 340), draws.whole(60, 340)
        if 3 <= abs(now - before) <= 30 and now % 10 and draws.take(f"{now / 10}%", f"{before / 10}%"):
            break
        draws.again()
    rose = ("rose", "grew") if now > before else ("fell", "slipped")
    while True:
        size = draws.money(draws.size(210, 940))
        past = size.of(round(size.units / (1 + draws.between(0.011, 0.085))))
        growth = percent(size.units - past.units, past.units)
        if draws.take(str(size), growth):
            break
        draws.again()
    while True:
        gap = f"{draws.whole(3, 19)}%"
        if draws.take(gap):
            break
        draws.again()
    side = draws.pick(("less", "more"))
    return [
        Statement(
            "market-share",
            "how our share of the market changed",
            f"Our market share {draws.pick(rose)} from {Amount(before, 1, after='%')} to "
            f"{Amount(now, 1, after='%')}.",
            (str(Amount(before, 1, after="%")), str(Amount(now, 1, after="%"))),
            ("market share", "market"),
            f"Our share of the market went from {Amount(before, 1, after='%')} to "
            f"{Amount(now, 1, after='%')}, "
            "measured by value.",
        ),
        Statement(
            "market-size",
            "how the market as a whole grew, and how large it is",
            f"The market as a whole grew by {growth} to {size}.",
            (growth, str(size)),
            ("market",),
            f"The market as a whole was worth {past} in {period.before} and is worth {size} now: growth of "
            f"{growth}.",
        ),
        Statement(
            "prices",
            "how the prices of the largest competitor compare with ours",
            f"The largest of {field.rivals} charges {gap} {side} than we do.",
            (gap,),
            ("charges", "price", "prices", "competitor"),
            f"We compared prices for a typical order. The largest of {field.rivals} charges {gap} {side} "
            "than we do; "
            "the others are close to us.",
        ),
    ]


def tender(teller: Teller, goods: Goods) -> list[Statement]:
    """Who won and at what price; how long delivery takes and what the order is worth."""
    draws = teller.draws
    firm, second = draws.firm(), draws.firm()
    while True:
        step = 5 if goods.high < 1000 else 50
        price = draws.currency_amount(max(1, round(draws.size(goods.low, goods.high) / step)) * step)
        other = price.of(price.units + step * draws.whole(1, 9))
        pieces = draws.whole(12, 190)
        total = price.of(price.units * pieces)
        weeks = f"{draws.whole(4, 26)} weeks"
        if total.units < 10_000_000 and draws.take(str(price), str(total), weeks):
            break
        draws.again()
    return [
        Statement(
            "tender",
            f"who won the tender for {goods.name}, and at what price",
            f"{firm} won the tender for {goods.name} at {price} a {goods.piece}.",
            (firm, str(price)),
            ("tender", goods.name.split()[-1]),
            draws.pick(
                (
                    f"Three bids were valid. {firm} won with {price} a {goods.piece}; {second} came second "
                    f"at {other}.",
                    f"The best bid came from {firm}: {price} a {goods.piece}. {second} asked for {other} "
                    "and is named "
                    "as reserve.",
                )
            ),
        ),
        Statement(
            "order",
            "what the whole order is worth, and how long delivery takes",
            f"The order for {pieces} {goods.name} is worth {total} and takes {weeks} to deliver.",
            (str(total), weeks),
            ("order", "deliver", "delivery"),
            f"We order {pieces} {goods.name} for {total} in all. Delivery takes {weeks} from the signature.",
        ),
    ]
