"""Worlds, hands and services, and what a tool, a call and a result are."""

from .tool import Between, Image, Length, Tool, ToolCall, ToolResult, hand_tools, mistake, tool

__all__ = [
    "Between",
    "Image",
    "Length",
    "Tool",
    "ToolCall",
    "ToolResult",
    "hand_tools",
    "mistake",
    "tool",
]
