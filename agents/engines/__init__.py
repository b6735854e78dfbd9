"""Engines and endpoints that sample turns: the backends of a policy."""

__all__: list[str] = []
