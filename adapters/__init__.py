"""Other libraries' contracts, kept by the environments of this one."""

__all__: list[str] = []
