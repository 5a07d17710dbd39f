{% set asks = asks_for_anything() | replace('(segment)', '(null)') -%}
with

members as (

    select * from {{ function('audience_members') }}(key := segment)

),

customers as (

    select *
    from {{ ref('dim_customers') }}
    where orders > 0 and identity_reliable

),

chosen as (

    select * from {{ function('chosen_customers') }}(
        {{ other_filters('segment') }}
    )

),

customer_categories as (

    select * from {{ ref('fct_customer_categories') }}

),

-- Days and money are compared by their ratio: a week more matters less after a year. Money by nothing
-- else, so that it plays no part in which currency it is; who has left none is as in the mean.
features as (

    select
        customers.customer_id,
        members.customer_id is not null as is_member,
        ln(1 + cast(customers.recency_days as double)) as recency,
        ln(1 + cast(customers.median_gap_days as double)) as gap,
        ln(nullif(greatest(cast(customers.aov as double), 0), 0)) as aov,
        cast(customers.discount_rate as double) as discount,
        ln(1 + cast(customers.tenure_days as double)) as tenure
    from customers
    left join members
        on customers.customer_id = members.customer_id

),

scales as (

    select
        avg(features.recency) as recency_mean,
        {{ deviation('features.recency') }} as recency_deviation,
        avg(features.gap) as gap_mean,
        {{ deviation('features.gap') }} as gap_deviation,
        avg(features.aov) as aov_mean,
        {{ deviation('features.aov') }} as aov_deviation,
        avg(features.discount) as discount_mean,
        {{ deviation('features.discount') }} as discount_deviation,
        avg(features.tenure) as tenure_mean,
        {{ deviation('features.tenure') }} as tenure_deviation
    from features

),

-- What is not known of somebody, or is alike in all, is as in the mean.
standardised as (

    select
        features.customer_id,
        features.is_member,
        coalesce((features.recency - scales.recency_mean) / scales.recency_deviation, 0) as recency,
        coalesce((features.gap - scales.gap_mean) / scales.gap_deviation, 0) as gap,
        coalesce((features.aov - scales.aov_mean) / scales.aov_deviation, 0) as aov,
        coalesce((features.discount - scales.discount_mean) / scales.discount_deviation, 0)
            as discount,
        coalesce((features.tenure - scales.tenure_mean) / scales.tenure_deviation, 0) as tenure
    from features
    cross join scales

),

shares as (

    select
        standardised.customer_id,
        standardised.is_member,
        customer_categories.category,
        customer_categories.revenue_share as share
    from standardised
    inner join customer_categories
        on standardised.customer_id = customer_categories.customer_id

),

centre as (

    select
        count(*) as members,
        avg(standardised.recency) as recency,
        avg(standardised.gap) as gap,
        avg(standardised.aov) as aov,
        avg(standardised.discount) as discount,
        avg(standardised.tenure) as tenure
    from standardised
    where standardised.is_member

),

sizes as (

    select count(*) as customers from standardised

),

category_means as (

    select
        shares.category,
        sum(shares.share) / any_value(sizes.customers) as base_share,
        coalesce(sum(shares.share) filter (where shares.is_member), 0)
        / nullif(any_value(centre.members), 0) as member_share,
        sum(pow(shares.share, 2)) / any_value(sizes.customers) as mean_square
    from shares
    cross join sizes
    cross join centre
    group by shares.category

),

-- All categories together weigh as much as one other feature: their variances sum to 1.
category_scale as (

    select
        nullif(sum(category_means.mean_square - pow(category_means.base_share, 2)), 0) as variance,
        sum(pow(category_means.member_share, 2)) as centre_square
    from category_means

),

-- Of (share - centre)² the terms of categories never bought are the centre's alone.
category_terms as (

    select
        shares.customer_id,
        sum(pow(shares.share, 2) - 2 * shares.share * category_means.member_share) as term
    from shares
    inner join category_means
        on shares.category = category_means.category
    group by shares.customer_id

),

distances as (

    select
        standardised.customer_id,
        standardised.is_member,
        -- Sums of doubles differ in their last digits from one run to the next.
        round(
            sqrt(
                pow(standardised.recency - centre.recency, 2)
                + pow(standardised.gap - centre.gap, 2)
                + pow(standardised.aov - centre.aov, 2)
                + pow(standardised.discount - centre.discount, 2)
                + pow(standardised.tenure - centre.tenure, 2)
                + coalesce(
                    greatest(
                        (coalesce(category_terms.term, 0) + category_scale.centre_square)
                        / category_scale.variance,
                        0
                    ),
                    0
                )
            ),
            9
        ) as distance
    from standardised
    cross join centre
    cross join category_scale
    left join category_terms
        on standardised.customer_id = category_terms.customer_id

),

placed as (

    select
        distances.customer_id,
        distances.distance,
        row_number() over (order by distances.distance, distances.customer_id) as position
    from distances
    left join chosen
        on distances.customer_id = chosen.customer_id
    where
        not distances.is_member
        and distances.distance is not null
        and (not {{ asks }} or chosen.customer_id is not null)

),

-- An aggregate is computed also where nobody is found: what is no choice is an error there, too.
choices as (

    select
        any_value(coalesce({{ function('as_row_count') }}(k, 'k'), 9223372036854775807)) as row_count

),

nearest as (

    select placed.*
    from placed
    cross join choices
    where placed.position <= choices.row_count

),

member_distances as (

    select distances.distance from distances where distances.is_member

),

closer_members as (

    select
        nearest.customer_id,
        count(member_distances.distance) as farther_members
    from nearest
    left join member_distances
        on member_distances.distance >= nearest.distance
    group by nearest.customer_id

)

select
    nearest.position,
    nearest.customer_id,
    nearest.distance,
    closer_members.farther_members,
    centre.members,
    {{ ratio('closer_members.farther_members', 'centre.members') }} as farther_member_share,
    customers.recency_days,
    customers.median_gap_days,
    customers.aov,
    customers.discount_rate,
    customers.tenure_days,
    customers.top_category,
    customers.orders,
    customers.net_revenue,
    customers.rfm_segment,
    customers.value_tier,
    customers.country_code,
    customers.is_mailable
from nearest
cross join centre
inner join closer_members
    on nearest.customer_id = closer_members.customer_id
inner join customers
    on nearest.customer_id = customers.customer_id
order by nearest.position
