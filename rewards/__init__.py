"""What is good: pure functions to a Score, and recipes that compose them."""

from .recipe import Recipe, Term
from .score import Score

__all__ = ["Recipe", "Score", "Term"]
