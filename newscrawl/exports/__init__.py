"""Articles as files: Parquet datasets, JSON lines, CSV. Knows no database: documents come in, files go out."""
