with

customer_products as (

    select * from {{ ref('fct_customer_products') }}

),

chosen as (

    select * from {{ function('chosen_customers') }}(
        {{ other_filters() }}
    )

),

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
        pairs.product_a as bought_id,
        pairs.product_b as offered_id,
        pairs.product_name_b as offered_name,
        pairs.confidence_ab as probability,
        pairs.lift,
        pairs.lift_lo
    from pairs
    union all
    select
        'together' as rule,
        pairs.product_b as bought_id,
        pairs.product_a as offered_id,
        pairs.product_name_a as offered_name,
        pairs.confidence_ba as probability,
        pairs.lift,
        pairs.lift_lo
    from pairs
    union all
    select
        'next' as rule,
        next_products.product_a as bought_id,
        next_products.product_b as offered_id,
        next_products.product_name_b as offered_name,
        next_products.p_next as probability,
        next_products.lift,
        next_products.lift_lo
    from next_products

),

-- What follows itself more often than by chance is used up and bought again.
replenishable_products as (

    select next_products.product_a as product_id
    from next_products
    where
        next_products.product_a = next_products.product_b
        and next_products.lift > 1
        and next_products.lift_lo > 1

),

owned_products as (

    select
        customer_products.customer_id,
        coalesce(customer_products.parent_product_id, customer_products.product_id) as product_id
    from customer_products
    left join chosen
        on customer_products.customer_id = chosen.customer_id
    where
        customer_products.units_net > 0
        and (not {{ asks_for_anything() }} or chosen.customer_id is not null)
        and {{ function('is_any_of') }}(customer_products.customer_id, customer_id)
    group by customer_products.customer_id, 2

),

offers as (

    select
        owned_products.customer_id,
        rules.offered_id,
        rules.offered_name,
        rules.rule,
        rules.bought_id,
        rules.probability,
        rules.lift,
        rules.lift_lo,
        owned_offers.product_id is not null as is_owned
    from owned_products
    inner join rules
        on owned_products.product_id = rules.bought_id
    left join owned_products as owned_offers
        on
            owned_products.customer_id = owned_offers.customer_id
            and rules.offered_id = owned_offers.product_id
    left join replenishable_products
        on rules.offered_id = replenishable_products.product_id
    where
        rules.lift > 1
        and rules.lift_lo > 1
        and (owned_offers.product_id is null or replenishable_products.product_id is not null)

),

-- Of several reasons for an offer the best one.
best_offers as (

    select *
    from offers
    qualify row_number() over (
        partition by offers.customer_id, offers.offered_id
        order by offers.probability desc, offers.lift_lo desc, offers.bought_id, offers.rule
    ) = 1

),

-- What is new to the customer comes before what can be bought again.
placed_offers as (

    select
        best_offers.*,
        row_number() over (
            partition by best_offers.customer_id
            order by
                best_offers.is_owned,
                best_offers.probability desc,
                best_offers.lift_lo desc,
                best_offers.offered_id
        ) as position
    from best_offers

)

select
    placed_offers.customer_id,
    placed_offers.position,
    placed_offers.offered_id as product_id,
    placed_offers.offered_name as product_name,
    placed_offers.is_owned as is_replenishment,
    placed_offers.rule,
    placed_offers.bought_id as because_of_product_id,
    placed_offers.probability,
    placed_offers.lift,
    placed_offers.lift_lo
from placed_offers
where
    placed_offers.position
    <= cast(coalesce(nullif(trim(cast(limit_n as varchar)), ''), '9223372036854775807') as bigint)
order by placed_offers.customer_id, placed_offers.position
