"""A collection in a process of its own, for tests that interrupt, kill or starve it.

Usage: collecting.py OUT JSON, the settings of CollectConfig and of `collect`; `file_bytes` limits how large
any file may get. Prints a line an episode.
"""

import json
import resource
import sys

from eyesmith.agents import CollectConfig, CollectReport, collect
from eyesmith.errors import EyesmithError


def say(report: CollectReport) -> None:
    print(f"done {report.done}/{report.planned}", flush=True)


def main() -> int:
    out, settings = sys.argv[1], json.loads(sys.argv[2])
    options = {name: settings.pop(name) for name in ("resume", "retry_errors") if name in settings}
    limit = settings.pop("file_bytes", 0)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        report = collect(CollectConfig(**settings), out, progress=say, **options)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        return 130
    except EyesmithError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        return 1
    print(f"before {report.before} done {report.done} {dict(report.statuses)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
