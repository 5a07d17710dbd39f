with

customer_products as (

    select * from {{ ref('fct_customer_products') }}

),

rules as (

    select * from {{ ref('int_offer_rules') }}

),

owned_products as (

    select
        customer_id,
        coalesce(parent_product_id, product_id) as product_id
    from customer_products
    where units_net > 0
    group by 1, 2

),

counted_products as (

    select
        *,
        count(*) over (partition by customer_id) as owned_count
    from owned_products

),

-- By the rules of one product the best offer stands at most behind everything that is owned.
best_offers as (

    select
        counted_products.customer_id,
        min(rules.rule_rank) as rule_rank
    from counted_products
    inner join rules
        on
            counted_products.product_id = rules.bought_id
            and rules.place <= counted_products.owned_count + 1
    left join owned_products
        on
            counted_products.customer_id = owned_products.customer_id
            and rules.offered_id = owned_products.product_id
    where owned_products.product_id is null
    group by counted_products.customer_id

)

select
    best_offers.customer_id,
    rules.offered_id as product_id,
    rules.offered_name as product_name,
    rules.bought_id as because_of_product_id,
    rules.probability,
    rules.lift_lo
from best_offers
inner join rules
    on best_offers.rule_rank = rules.rule_rank
