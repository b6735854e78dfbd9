"""What happened: record, append log, parquet, viewer, re-scoring."""

__all__: list[str] = []
