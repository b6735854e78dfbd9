"""Flags of an environment and of its judge, as every command has them."""

__all__ = ["add_env_flags", "add_judge_flags", "judge_of"]

import argparse

from ..errors import UsageError


def add_env_flags(parser: argparse.ArgumentParser) -> None:
    """Flags that every environment takes."""
    parser.add_argument("--difficulty", type=int, help="1 to 5 (default: by the task's index)")
    parser.add_argument("--recipe", help="reward recipe")
    parser.add_argument("--max-turns", type=int)
    parser.add_argument("--dense", action="store_true", help="pay each turn's gain, not the score at the end")
    add_judge_flags(parser)
    parser.add_argument("--env.K=V", dest="_", metavar="", help="any further argument of the environment")


def add_judge_flags(parser: argparse.ArgumentParser) -> None:
    """Flags that name a judge."""
    parser.add_argument("--judge-url", metavar="URL", help="endpoint of the judge, for recipes that ask one")
    parser.add_argument("--judge-model", metavar="NAME", help="the model that judges")


def judge_of(arguments: argparse.Namespace) -> dict[str, str] | None:
    """The judge that the flags name, or None.

    Raises:
        UsageError: an endpoint without a model, or a model without an endpoint.
    """
    url, model = arguments.judge_url, arguments.judge_model
    if not url and not model:
        return None
    if not url or not model:
        raise UsageError("a judge needs both --judge-url and --judge-model")
    return {"base_url": url, "model": model}
