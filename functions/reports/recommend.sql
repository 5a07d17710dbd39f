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
        pairs.confidence_ab as probability,
        pairs.lift,
        pairs.lift_lo
    from pairs
    where pairs.lift > 1 and pairs.lift_lo > 1
    union all
    select
        'together' as rule,
        pairs.product_b as bought_id,
        pairs.product_a as offered_id,
        pairs.confidence_ba as probability,
        pairs.lift,
        pairs.lift_lo
    from pairs
    where pairs.lift > 1 and pairs.lift_lo > 1
    union all
    select
        'next' as rule,
        next_products.product_a as bought_id,
        next_products.product_b as offered_id,
        next_products.p_next as probability,
        next_products.lift,
        next_products.lift_lo
    from next_products
    where next_products.lift > 1 and next_products.lift_lo > 1

),

-- What follows itself more often than by chance is used up and bought again.
replenishable_products as (

    select rules.offered_id as product_id
    from rules
    where rules.rule = 'next' and rules.bought_id = rules.offered_id

),

product_names as (

    select
        pairs.product_a as product_id,
        pairs.product_name_a as product_name
    from pairs
    union
    select
        pairs.product_b as product_id,
        pairs.product_name_b as product_name
    from pairs
    union
    select
        next_products.product_b as product_id,
        next_products.product_name_b as product_name
    from next_products

),

names as (

    select
        product_names.product_id,
        max(product_names.product_name) as product_name
    from product_names
    group by product_names.product_id

),

-- Of two rules between the same products the better one, and its place among those of what was bought.
best_rules as (

    select *
    from rules
    qualify row_number() over (
        partition by rules.bought_id, rules.offered_id
        order by rules.probability desc, rules.lift_lo desc, rules.rule
    ) = 1

),

placed_rules as (

    select
        best_rules.*,
        row_number() over (
            partition by best_rules.bought_id
            order by best_rules.probability desc, best_rules.lift_lo desc, best_rules.offered_id
        ) as place
    from best_rules

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
        placed_rules.offered_id,
        min({
            'probability': -placed_rules.probability, 'lift_lo': -placed_rules.lift_lo,
            'bought_id': placed_rules.bought_id, 'rule': placed_rules.rule, 'lift': placed_rules.lift
        }) as best
    from counted_products
    inner join placed_rules
        on counted_products.product_id = placed_rules.bought_id
    left join owned_products as owned_offers
        on
            counted_products.customer_id = owned_offers.customer_id
            and placed_rules.offered_id = owned_offers.product_id
    where
        owned_offers.product_id is null
        and placed_rules.place - counted_products.owned_count <= {{ wanted }}
    group by counted_products.customer_id, placed_rules.offered_id

),

placed_offers as (

    select
        new_offers.*,
        row_number() over (
            partition by new_offers.customer_id
            order by new_offers.best.probability, new_offers.best.lift_lo, new_offers.offered_id
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
        placed_rules.offered_id,
        coalesce(offer_counts.new_count, 0) as new_count,
        min({
            'probability': -placed_rules.probability, 'lift_lo': -placed_rules.lift_lo,
            'bought_id': placed_rules.bought_id, 'rule': placed_rules.rule, 'lift': placed_rules.lift
        }) as best
    from owned_products
    left join offer_counts
        on owned_products.customer_id = offer_counts.customer_id
    inner join placed_rules
        on owned_products.product_id = placed_rules.bought_id
    inner join replenishable_products
        on placed_rules.offered_id = replenishable_products.product_id
    inner join owned_products as owned_offers
        on
            owned_products.customer_id = owned_offers.customer_id
            and placed_rules.offered_id = owned_offers.product_id
    where coalesce(offer_counts.new_count, 0) < {{ wanted }}
    group by owned_products.customer_id, placed_rules.offered_id, 3

),

all_offers as (

    select
        placed_offers.customer_id,
        placed_offers.position,
        placed_offers.offered_id,
        false as is_owned,
        placed_offers.best
    from placed_offers
    union all
    select
        replenishments.customer_id,
        replenishments.new_count + row_number() over (
            partition by replenishments.customer_id
            order by
                replenishments.best.probability, replenishments.best.lift_lo, replenishments.offered_id
        ) as position,
        replenishments.offered_id,
        true as is_owned,
        replenishments.best
    from replenishments

)

select
    all_offers.customer_id,
    all_offers.position,
    all_offers.offered_id as product_id,
    names.product_name,
    all_offers.is_owned as is_replenishment,
    all_offers.best.rule as rule,
    all_offers.best.bought_id as because_of_product_id,
    -all_offers.best.probability as probability,
    all_offers.best.lift as lift,
    -all_offers.best.lift_lo as lift_lo
from all_offers
left join names
    on all_offers.offered_id = names.product_id
where all_offers.position <= {{ wanted }}
order by all_offers.customer_id, all_offers.position
