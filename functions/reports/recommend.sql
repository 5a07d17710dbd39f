{%- set wanted -%}
    coalesce({{ function('as_row_count') }}(limit_n), 9223372036854775807)
{%- endset -%}
with

customer_products as (

    select * from {{ ref('fct_customer_products') }}

),

-- Looked up, not compared one by one: there may be hundreds.
wanted_customers as (

    select unnest(list_prepend(
        trim(cast(customer_id as varchar)),
        string_split_regex(trim(cast(customer_id as varchar)), '\s*,\s*')
    )) as customer_id

),

chosen as (

    select * from {{ function('chosen_customers') }}(
        {{ other_filters() }}
    )

),

rules as (

    select * from {{ ref('int_offer_rules') }}

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
        and (
            not {{ function('is_given') }}(customer_id)
            or customer_products.customer_id in (
                select wanted_customers.customer_id from wanted_customers
            )
        )
    group by customer_products.customer_id, 2

),

counted_products as (

    select
        owned_products.*,
        count(*) over (partition by owned_products.customer_id) as owned_count
    from owned_products

),

-- Of several reasons for an offer the best one. Before an offer that is among the wanted ones stand, by
-- the same rule's product, others of them and what is owned: so all further places can be left out.
new_offers as (

    select
        counted_products.customer_id,
        min(rules.rule_rank) as rule_rank
    from counted_products
    inner join rules
        on
            counted_products.product_id = rules.bought_id
            and rules.place - counted_products.owned_count <= {{ wanted }}
    left join owned_products as owned_offers
        on
            counted_products.customer_id = owned_offers.customer_id
            and rules.offered_id = owned_offers.product_id
    where owned_offers.product_id is null
    group by counted_products.customer_id, rules.offered_id

),

placed_offers as (

    select
        new_offers.customer_id,
        new_offers.rule_rank,
        row_number() over (
            partition by new_offers.customer_id
            order by new_offers.rule_rank
        ) as position
    from new_offers
    qualify position <= {{ wanted }}

),

offer_counts as (

    select
        placed_offers.customer_id,
        count(*) as new_count
    from placed_offers
    group by placed_offers.customer_id

),

-- What can be bought again comes after what is new, so only to whom too little is new.
replenishments as (

    select
        owned_products.customer_id,
        coalesce(offer_counts.new_count, 0) as new_count,
        min(rules.rule_rank) as rule_rank
    from owned_products
    left join offer_counts
        on owned_products.customer_id = offer_counts.customer_id
    inner join rules
        on
            owned_products.product_id = rules.bought_id
            and rules.is_replenishable
    inner join owned_products as owned_offers
        on
            owned_products.customer_id = owned_offers.customer_id
            and rules.offered_id = owned_offers.product_id
    where coalesce(offer_counts.new_count, 0) < {{ wanted }}
    group by owned_products.customer_id, offer_counts.new_count, rules.offered_id

),

all_offers as (

    select
        placed_offers.customer_id,
        placed_offers.position,
        placed_offers.rule_rank,
        false as is_owned
    from placed_offers
    union all
    select
        replenishments.customer_id,
        replenishments.new_count + row_number() over (
            partition by replenishments.customer_id
            order by replenishments.rule_rank
        ) as position,
        replenishments.rule_rank,
        true as is_owned
    from replenishments

)

select
    all_offers.customer_id,
    all_offers.position,
    rules.offered_id as product_id,
    rules.offered_name as product_name,
    all_offers.is_owned as is_replenishment,
    rules.rule,
    rules.bought_id as because_of_product_id,
    rules.probability,
    rules.lift,
    rules.lift_lo
from all_offers
inner join rules
    on all_offers.rule_rank = rules.rule_rank
where all_offers.position <= {{ wanted }}
order by all_offers.customer_id, all_offers.position
