"""What happened: the record, the append log, parquet, the viewer, re-scoring."""
