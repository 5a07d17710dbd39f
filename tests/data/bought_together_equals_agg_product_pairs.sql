-- For all time the rules are the pairs of the table, each read both ways.
{{ config(tags=['agreement']) }}
with

pairs as (

    select
        product_a,
        product_b,
        orders_both,
        confidence_ab as confidence,
        lift,
        lift_lo
    from {{ ref('agg_product_pairs') }}
    union all
    select
        product_b as product_a,
        product_a as product_b,
        orders_both,
        confidence_ba as confidence,
        lift,
        lift_lo
    from {{ ref('agg_product_pairs') }}

)

select
    coalesce(pairs.product_a, rules.product_a) as product_a,
    coalesce(pairs.product_b, rules.product_b) as product_b
from pairs
full join {{ function('bought_together') }}('', '') as rules
    on pairs.product_a = rules.product_a and pairs.product_b = rules.product_b
where
    pairs.orders_both is distinct from rules.orders_both
    or pairs.confidence is distinct from rules.confidence
    or abs(coalesce(pairs.lift - rules.lift, 0)) > 1e-9
    or abs(coalesce(pairs.lift_lo - rules.lift_lo, 0)) > 1e-9
