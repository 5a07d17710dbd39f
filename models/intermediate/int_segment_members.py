"""Members of the shop's own segments: the predicates of seed segment_definitions, asked of dim_customers.

A predicate is one expression. It sees the columns of dim_customers and as_of; never the clock.
"""

import re

KEY = re.compile(r"[a-z0-9_]+")
CLOCK = re.compile(
    r"\b(now|today|random|uuid|gen_random_uuid|current_date|current_time|current_timestamp"
    r"|get_current_timestamp|transaction_timestamp|localtime|localtimestamp)\b",
    re.IGNORECASE,
)


def model(dbt, session):
    dbt.config(materialized="table")
    # Predicates may ask these: reading them here makes them be built before.
    dbt.ref("fct_customer_products")
    dbt.ref("fct_customer_categories")
    as_of = dbt.ref("int_as_of").fetchall()
    day = f"date '{as_of[0][0]}'" if as_of else "cast(null as date)"
    customers = dbt.ref("dim_customers").project(f"*, {day} as as_of")
    definitions = dbt.ref("segment_definitions").order("segment_key").fetchall()
    names = dbt.ref("segment_definitions").columns
    members = customers.project("cast(null as varchar) as segment_key, customer_id").limit(0)
    for row in definitions:
        definition = dict(zip(names, row, strict=True))
        members = members.union(members_of(customers, **definition))
    return members


def members_of(customers, segment_key, predicate, **_):
    """The customers of one segment, as a relation. Says which row of the seed is wrong."""
    where = f"segment_definitions, row {segment_key}"
    if not KEY.fullmatch(segment_key):
        raise ValueError(f"{where}: a key has small letters, digits and underscores only")
    clock = CLOCK.search(without_texts(predicate))
    if clock:
        raise ValueError(f"{where}: {clock.group()} is not allowed, the day is as_of: {predicate}")
    try:
        asked = customers.project(f"customer_id, (\n{predicate}\n) as is_member")
    except Exception as error:
        said = str(error).split("\n")[0]
        raise ValueError(f"{where}: {said}; its predicate is: {predicate}") from None
    if len(asked.columns) != 2 or str(asked.types[1]) != "BOOLEAN":
        raise ValueError(f"{where}: the predicate is not true or false: {predicate}")
    return asked.filter("is_member").project(f"'{segment_key}' as segment_key, customer_id")


def without_texts(sql):
    """The SQL without what stands in quotes."""
    return re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", "''", sql)
