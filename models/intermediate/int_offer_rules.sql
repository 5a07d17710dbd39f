with

pairs as (

    select * from {{ ref('agg_product_pairs') }}

),

next_products as (

    select * from {{ ref('agg_next_product') }}

),

-- Both directions of what is bought together, and what comes in the next order.
rules as (

    select
        'together' as rule,
        product_a as bought_id,
        product_b as offered_id,
        product_name_b as offered_name,
        confidence_ab as probability,
        lift,
        lift_lo
    from pairs
    where lift > 1 and lift_lo > 1
    union all
    select
        'together' as rule,
        product_b as bought_id,
        product_a as offered_id,
        product_name_a as offered_name,
        confidence_ba as probability,
        lift,
        lift_lo
    from pairs
    where lift > 1 and lift_lo > 1
    union all
    select
        'next' as rule,
        product_a as bought_id,
        product_b as offered_id,
        product_name_b as offered_name,
        p_next as probability,
        lift,
        lift_lo
    from next_products
    where lift > 1 and lift_lo > 1

),

-- Of two rules between the same products the better one.
best_rules as (

    select *
    from rules
    qualify row_number() over (
        partition by bought_id, offered_id
        order by probability desc, lift_lo desc, rule
    ) = 1

)

select
    row_number() over (
        order by probability desc, lift_lo desc, offered_id, bought_id
    ) as rule_rank,
    bought_id,
    row_number() over (
        partition by bought_id
        order by probability desc, lift_lo desc, offered_id
    ) as place,
    offered_id,
    offered_name,
    rule,
    probability,
    lift,
    lift_lo,
    bool_or(bought_id = offered_id and rule = 'next') over (
        partition by offered_id
    ) as is_replenishable
from best_rules
