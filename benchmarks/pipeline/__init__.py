"""What the benchmark of pipelines draws, and the SQL that it is compared with."""
