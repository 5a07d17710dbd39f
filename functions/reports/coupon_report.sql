with

filtered as (

    select orders.order_id
    from {{ function('filtered_orders') }}({{ same_filters() }}) as orders

),

orders as (

    select orders.*
    from {{ ref('fct_orders') }} as orders
    inner join filtered
        on orders.order_id = filtered.order_id

),

discounts as (

    select discounts.*
    from {{ ref('stg_order_discounts') }} as discounts
    where nullif(trim(discounts.code), '') is not null

),

promotions as (

    select promotions.*
    from {{ ref('stg_promotions') }} as promotions
    where nullif(trim(promotions.code), '') is not null

),

segments as (

    select * from {{ ref('dim_segments') }} where nullif(trim(coupon_code), '') is not null

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

contacts as (

    select * from {{ ref('int_campaign_contacts') }}

),

-- A function that asked for local days itself would need DuckDB's extension of time zones.
promotion_days as (

    select
        upper(trim(promotions.code)) as code,
        min(promotions.first_date) as first_date,
        max(promotions.last_date) as last_date
    from {{ ref('agg_promotion_lift') }} as promotions
    group by upper(trim(promotions.code))

),

segment_changes as (

    select * from {{ ref('fct_segment_changes') }}

),

first_looks as (

    select * from {{ ref('int_segment_first_looks') }}

),

-- A code that is used again later has its last end; without any end it does not expire.
expiries as (

    select
        upper(trim(promotions.code)) as code,
        case when bool_and(promotions.ends_at is not null) then max(promotions.ends_at) end
            as ends_at,
        case when bool_and(promotions.starts_at is not null) then min(promotions.starts_at) end
            as starts_at
    from promotions
    group by upper(trim(promotions.code))

),

-- Whom a message to a segment with the code has reached while it could be used; once, however many came.
reached as (

    select
        upper(trim(segments.coupon_code)) as code,
        count(distinct contacts.recipient_id) as delivered
    from segments
    inner join campaigns
        on segments.segment_key = campaigns.audience_key
    inner join contacts
        on campaigns.campaign_id = contacts.campaign_id
    left join expiries
        on upper(trim(segments.coupon_code)) = expiries.code
    left join promotion_days
        on upper(trim(segments.coupon_code)) = promotion_days.code
    where
        contacts.is_delivered
        and (
            expiries.starts_at is null
            or expiries.ends_at is null
            or contacts.contact_date between promotion_days.first_date and promotion_days.last_date
        )
    group by upper(trim(segments.coupon_code))

),

-- However it was typed; a code that is given twice in an order is one redemption.
redemptions as (

    select
        upper(trim(discounts.code)) as code,
        discounts.order_id,
        sum(discounts.amount) as amount
    from discounts
    where {{ function('is_any_of') }}(upper(trim(discounts.code)), upper(cast(code as varchar)))
    group by upper(trim(discounts.code)), discounts.order_id

),

-- From the first day on which a segment that carries the code was looked at, also if nobody was in it.
audiences as (

    select
        upper(trim(segments.coupon_code)) as code,
        min(first_looks.first_date) as first_date
    from segments
    inner join first_looks
        on segments.segment_key = first_looks.segment_key
    group by upper(trim(segments.coupon_code))

),

members as (

    select
        upper(trim(segments.coupon_code)) as code,
        segment_changes.customer_id,
        min(segment_changes.change_date) as first_date
    from segments
    inner join segment_changes
        on segments.segment_key = segment_changes.segment_key
    where segment_changes.change = 'entered'
    group by upper(trim(segments.coupon_code)), segment_changes.customer_id

),

redeemed_orders as (

    select
        redemptions.code,
        orders.order_date,
        orders.customer_id,
        orders.is_new,
        redemptions.amount * orders.fx_rate as redeemed_amount,
        orders.gross_revenue,
        orders.discount_amount,
        orders.net_revenue_order_basis,
        orders.contribution_order_basis,
        -- Midnight is a day without a time: the code is good on that day, too.
        coalesce(
            orders.ordered_at > expiries.ends_at
            and (
                expiries.ends_at > date_trunc('day', expiries.ends_at)
                or orders.order_date > cast(expiries.ends_at as date)
            ),
            false
        ) as is_after_expiry,
        audiences.first_date <= orders.order_date as is_audience_known,
        coalesce(members.first_date <= orders.order_date, false) as is_in_audience
    from redemptions
    inner join orders
        on redemptions.order_id = orders.order_id
    left join expiries
        on redemptions.code = expiries.code
    left join audiences
        on redemptions.code = audiences.code
    left join members
        on
            redemptions.code = members.code
            and orders.customer_id = members.customer_id

)

select
    redeemed_orders.code,
    redeemed_orders.order_date,
    redeemed_orders.is_after_expiry,
    count(*) as redemptions,
    count(distinct redeemed_orders.customer_id) as customers,
    count(*) filter (where redeemed_orders.is_new) as new_customers,
    case
        when bool_and(coalesce(redeemed_orders.is_audience_known, false))
            then count(*) filter (where not redeemed_orders.is_in_audience)
    end as outside_audience,
    cast(sum(redeemed_orders.redeemed_amount) as decimal(18, 4)) as redeemed_amount,
    cast(sum(redeemed_orders.gross_revenue) as decimal(18, 4)) as gross_revenue,
    cast(sum(redeemed_orders.discount_amount) as decimal(18, 4)) as discount_amount,
    cast(sum(redeemed_orders.net_revenue_order_basis) as decimal(18, 4)) as net_revenue_order_basis,
    cast(
        case
            when bool_and(redeemed_orders.contribution_order_basis is not null)
                then sum(redeemed_orders.contribution_order_basis)
        end as decimal(18, 4)
    ) as contribution,
    {{ ratio('sum(redeemed_orders.discount_amount)', 'sum(redeemed_orders.gross_revenue)') }}
        as discount_rate,
    any_value(reached.delivered) as delivered,
    case
        when not redeemed_orders.is_after_expiry
            then {{ ratio('count(*)', 'any_value(reached.delivered)') }}
    end as redemption_rate
from redeemed_orders
left join reached
    on redeemed_orders.code = reached.code
group by redeemed_orders.code, redeemed_orders.order_date, redeemed_orders.is_after_expiry
order by redeemed_orders.code, redeemed_orders.order_date, redeemed_orders.is_after_expiry
