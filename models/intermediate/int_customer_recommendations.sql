with

customer_products as (

    select * from {{ ref('fct_customer_products') }}

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
        product_a as bought_id,
        product_b as offered_id,
        product_name_b as offered_name,
        confidence_ab as probability,
        lift_lo
    from pairs
    where lift > 1 and lift_lo > 1
    union all
    select
        product_b as bought_id,
        product_a as offered_id,
        product_name_a as offered_name,
        confidence_ba as probability,
        lift_lo
    from pairs
    where lift > 1 and lift_lo > 1
    union all
    select
        product_a as bought_id,
        product_b as offered_id,
        product_name_b as offered_name,
        p_next as probability,
        lift_lo
    from next_products
    where lift > 1 and lift_lo > 1 and product_a <> product_b

),

best_rules as (

    select *
    from rules
    qualify row_number() over (
        partition by bought_id
        order by probability desc, lift_lo desc, offered_id
    ) <= 20

),

owned_products as (

    select
        customer_id,
        coalesce(parent_product_id, product_id) as product_id
    from customer_products
    where units_net > 0
    group by 1, 2

),

offers as (

    select
        owned_products.customer_id,
        best_rules.offered_id as product_id,
        best_rules.offered_name as product_name,
        best_rules.bought_id,
        best_rules.probability,
        best_rules.lift_lo
    from owned_products
    inner join best_rules
        on owned_products.product_id = best_rules.bought_id

)

select
    offers.customer_id,
    offers.product_id,
    offers.product_name,
    offers.bought_id as because_of_product_id,
    offers.probability,
    offers.lift_lo
from offers
left join owned_products
    on
        offers.customer_id = owned_products.customer_id
        and offers.product_id = owned_products.product_id
where owned_products.product_id is null
qualify row_number() over (
    partition by offers.customer_id
    order by offers.probability desc, offers.lift_lo desc, offers.product_id, offers.bought_id
) = 1
