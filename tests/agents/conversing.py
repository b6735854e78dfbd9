"""A collection with a simulated model in a process of its own, for tests that interrupt or kill it.

Usage: python -m tests.agents.conversing OUT JSON, the settings of CollectConfig; `delay_s` is the time of a
turn. Prints a line an episode, and in the end how many turns were aborted.
"""

import asyncio
import json
import sys

from eyesmith.agents import CollectConfig, CollectReport
from eyesmith.agents.collection import collecting

from .engines import ScriptedEngine, codec_of, model_of


def say(report: CollectReport) -> None:
    print(f"done {report.done}/{report.planned}", flush=True)


def main() -> int:
    out, settings = sys.argv[1], json.loads(sys.argv[2])
    engine = ScriptedEngine(codec_of(), delay_s=settings.pop("delay_s", 0.0))
    config = CollectConfig(**settings)
    try:
        report = asyncio.run(collecting(config, out, model=model_of(engine), progress=say))
    except KeyboardInterrupt:
        print(f"interrupted, aborted {len(engine.aborted)}", flush=True)
        return 130
    print(f"before {report.before} done {report.done} {dict(report.statuses)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
