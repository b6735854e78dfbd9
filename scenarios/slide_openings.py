"""How notes begin and what they are called, for each kind of note."""

__all__ = ["OPENINGS", "heading"]

from collections.abc import Mapping

OPENINGS: Mapping[str, tuple[str, ...]] = {
    "report": (
        "This report covers {scope} in {period}. All comparisons are with the same time a year earlier.",
        "{period} at a glance, for {scope}. The detailed tables follow in the appendix.",
        "To: management. From: controlling. Subject: {scope}, {period}. Below you find the figures as "
        "closed.",
        "Extract from the monthly pack. Covered: {scope}. Time: {period}. Figures are final.",
    ),
    "operations": (
        "The operations meeting looked at {scope} in {period}. These are the points from the minutes.",
        "Operations review for {scope}, {period}, prepared by the {role} with the team in {place}.",
        "What moved in {period}, seen from the shop floor of {scope}:",
    ),
    "survey": (
        "We asked the {customers} of {scope} by letter and online. Results were weighted by age and place.",
        "Summary of the survey among {customers}, {period}. Covered: {scope}. The questions were the same "
        "as before.",
        "The institute in {place} has handed in its results for {scope}. The most important ones in short:",
    ),
    "incident": (
        "Incident log, kept by the {role}. Part of the company concerned: {scope}. Status: closed, with "
        "this review as the last entry.",
        "Review of the incident in {scope}. We look for causes, not for culprits, and name what has to "
        "change.",
        "Minutes of the review in {place}. Present: the {role}, two representatives of the {staff}, an "
        "engineer from outside.",
    ),
    "staff": (
        'Interview with the {role} in {place} on people and posts in {scope}. "{quote}" is how the talk '
        "began.",
        'Notes from a conversation with the {role}, {period}. The first sentence was: "{quote}" The '
        "figures came after.",
        'People update for {scope}. One of the {staff} in {place} put it this way: "{quote}"',
    ),
    "market": (
        "Market study for {period}, bought from an institute in {place}. It compares {scope} with others "
        "in the region.",
        "What the market does while we look at ourselves: a summary of the study on {scope}, {period}.",
        "The study rests on public accounts and on interviews in {place}. For {scope} it comes to these "
        "results.",
    ),
    "tender": (
        "Summary of the tender for {scope}. The committee met in {place} and decided without a vote against.",
        "Purchasing reports on the tender for {scope}. Price counted for sixty per cent, quality for the "
        "rest.",
        "Tender file, short form. Bids were opened in {place} in the presence of two witnesses.",
    ),
    "memo": (
        "Memo to the leadership team on {scope}. Please read before the meeting; a decision is needed there.",
        "Board paper, for decision. It rests on the results of {scope} in {period} and on two site visits.",
        'Decision paper. The {role} in {place} says: "{quote}" We agree, and this paper shows what can be '
        "done.",
    ),
    "proposal": (
        "First proposal for {scope}, written in {period}. It was meant for the meeting in {place}.",
        "Working paper of {period} for {scope}, not agreed with finance. Prices are those of that time.",
    ),
}
"""Kind -> first sentences, with places for what is known."""

_HEADINGS = {
    "report": "Report on {scope}, {period}",
    "operations": "Operations review, {scope}, {period}",
    "survey": "Survey of {customers}, {period}",
    "incident": "Incident review, {period}",
    "staff": "People update, {period}",
    "market": "Market study, {period}",
    "tender": "Result of the tender, {period}",
    "memo": "Decision paper: {project}",
    "proposal": "First proposal of {period}: {project}",
}


def heading(kind: str, *, scope: str, period: str, project: str, customers: str) -> tuple[str, str]:
    """Title and id of a note.

    >>> heading("survey", scope="the tram", period="Q3 2026", project="night buses", customers="passengers")
    ('Survey of passengers, Q3 2026', 'survey-q3-2026')
    """
    title = _HEADINGS[kind].format(scope=scope, period=period, project=project, customers=customers)
    return title, "-".join(f"{kind} {period}".lower().split())
