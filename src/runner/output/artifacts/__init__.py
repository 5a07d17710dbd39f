"""dbt's artifacts: manifest.json, run_results.json, catalog.json and sources.json.

Built as plain dictionaries, exactly by dbt's public JSON schemas (https://schemas.getdbt.com),
whose strict readers refuse unknown keys. What is the runner's own goes below `meta`.
"""
