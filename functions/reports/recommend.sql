{%- set wanted -%}
    coalesce({{ function('as_row_count') }}(limit_n, 'limit_n'), 9223372036854775807)
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
-- What is owned is told of beside, since one pass over both needs less memory than looking it up.
reasons as (

    select
        counted_products.customer_id,
        rules.offered_id as product_id,
        rules.rule_rank,
        false as is_owned
    from counted_products
    inner join rules
        on
            counted_products.product_id = rules.bought_id
            and rules.place - counted_products.owned_count <= {{ wanted }}
    union all
    select
        owned_products.customer_id,
        owned_products.product_id,
        min(rules.rule_rank) as rule_rank,
        true as is_owned
    from owned_products
    left join owned_products as bought_products
        on owned_products.customer_id = bought_products.customer_id
    left join rules
        on
            owned_products.product_id = rules.offered_id
            and bought_products.product_id = rules.bought_id
            and rules.is_replenishable
    group by owned_products.customer_id, owned_products.product_id

),

offers as (

    select
        reasons.customer_id,
        bool_or(reasons.is_owned) as is_owned,
        case
            when bool_or(reasons.is_owned)
                then min(reasons.rule_rank) filter (where reasons.is_owned)
            else min(reasons.rule_rank)
        end as rule_rank
    from reasons
    group by reasons.customer_id, reasons.product_id

),

-- What can be bought again comes after what is new.
placed_offers as (

    select
        offers.customer_id,
        offers.is_owned,
        offers.rule_rank,
        row_number() over (
            partition by offers.customer_id
            order by offers.is_owned, offers.rule_rank
        ) as position
    from offers
    where offers.rule_rank is not null
    qualify position <= {{ wanted }}

),

-- An aggregate is computed also where nobody is found: what is no choice is an error there, too.
choices as (

    select bool_and({{ wanted }} >= 0) as are_known

)

select
    placed_offers.customer_id,
    placed_offers.position,
    rules.offered_id as product_id,
    rules.offered_name as product_name,
    placed_offers.is_owned as is_replenishment,
    rules.rule,
    rules.bought_id as because_of_product_id,
    rules.probability,
    rules.lift,
    rules.lift_lo
from placed_offers
cross join choices
inner join rules
    on placed_offers.rule_rank = rules.rule_rank
where choices.are_known
order by placed_offers.customer_id, placed_offers.position
