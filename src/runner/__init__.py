"""A dbt-style SQL warehouse builder on DuckDB."""

__version__ = "0.1.0"
