with

customers as (

    select * from {{ ref('int_customer_acquisition') }}

),

customer_days as (

    select * from {{ ref('int_customer_days') }}

),

values_by_age as (

    select * from {{ ref('int_customer_ltv') }}

),

spend as (

    select * from {{ ref('int_marketing_spend') }}

),

kpis as (

    select *
    from {{ ref('agg_kpis_monthly') }}
    where store_id = '(all)' and channel = '(all)'

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

paid_channels as (

    select marketing_channel
    from spend
    where purpose = 'acquisition'
    group by marketing_channel
    having sum(amount) > 0

),

-- A customer and a row of spend count in their channel, among the paid ones, and in the whole.
groups as (

    select
        marketing_channel,
        marketing_channel as channel
    from (
        select marketing_channel from customers
        union
        select marketing_channel from spend
    ) as named_channels
    union all
    select
        marketing_channel,
        '(paid)' as channel
    from paid_channels
    union all
    select
        marketing_channel,
        '(all)' as channel
    from (
        select marketing_channel from customers
        union
        select marketing_channel from spend
    ) as named_channels

),

spend_sums as (

    select
        spend.month,
        groups.channel,
        sum(spend.amount) as spend,
        coalesce(sum(spend.amount) filter (where spend.purpose = 'acquisition'), 0)
            as acquisition_spend,
        coalesce(sum(spend.amount) filter (where spend.purpose = 'retention'), 0)
            as retention_spend,
        sum(spend.impressions) as impressions,
        sum(spend.clicks) as clicks
    from spend
    inner join groups
        on spend.marketing_channel = groups.marketing_channel
    group by spend.month, groups.channel

),

customer_sums as (

    select
        customers.cohort_month as month,
        groups.channel,
        count(*) as new_customers,
        count(*) filter (where customers.is_referred) as referred_customers,
        sum(customers.first_order_gross_revenue) as first_order_gross_revenue,
        sum(customers.first_order_revenue) as first_order_revenue,
        {% for days in [90, 365] %}
        count(values_by_age.net_revenue_{{ days }}d) as mature_customers_{{ days }}d,
        sum(values_by_age.net_revenue_{{ days }}d) as net_revenue_{{ days }}d,
        case
            when
                count(values_by_age.net_revenue_{{ days }}d)
                = count(values_by_age.contribution_{{ days }}d)
                then sum(values_by_age.contribution_{{ days }}d)
        end as contribution_{{ days }}d{{ ',' if not loop.last }}
        {% endfor %}
    from customers
    inner join groups
        on customers.marketing_channel = groups.marketing_channel
    left join values_by_age
        on customers.customer_id = values_by_age.customer_id
    group by customers.cohort_month, groups.channel

),

months_and_channels as (

    select
        month,
        channel
    from spend_sums
    union
    select
        month,
        channel
    from customer_sums

),

-- What a cohort has brought by each day of its customers' age.
cohort_days as (

    select
        customers.cohort_month as month,
        groups.channel,
        customer_days.date - customers.first_order_date as age_days,
        sum(customer_days.contribution) as contribution,
        bool_or(customer_days.contribution is null) as has_unknown
    from customers
    inner join groups
        on customers.marketing_channel = groups.marketing_channel
    inner join customer_days
        on customers.customer_id = customer_days.customer_id
    group by customers.cohort_month, groups.channel, age_days

),

cohort_curves as (

    select
        month,
        channel,
        age_days,
        sum(contribution) over so_far as contribution,
        bool_or(has_unknown) over so_far as has_unknown
    from cohort_days
    window so_far as (partition by month, channel order by age_days)

),

cohort_totals as (

    select
        month,
        channel,
        case when not bool_or(has_unknown) then sum(contribution) end as contribution
    from cohort_days
    group by month, channel

),

-- Days count while the whole cohort was seen for as long.
paybacks as (

    select
        cohort_curves.month,
        cohort_curves.channel,
        min(cohort_curves.age_days) as payback_days
    from cohort_curves
    cross join as_of
    inner join spend_sums
        on
            cohort_curves.month = spend_sums.month
            and cohort_curves.channel = spend_sums.channel
    where
        not cohort_curves.has_unknown
        and cohort_curves.contribution >= spend_sums.acquisition_spend
        and spend_sums.acquisition_spend > 0
        and last_day(cohort_curves.month) + cast(cohort_curves.age_days as integer) < as_of.as_of
    group by cohort_curves.month, cohort_curves.channel

),

joined_sums as (

    select
        months_and_channels.month,
        months_and_channels.channel,
        last_day(months_and_channels.month) < as_of.as_of as is_complete,
        cast(coalesce(spend_sums.spend, 0) as decimal(18, 4)) as spend,
        cast(coalesce(spend_sums.acquisition_spend, 0) as decimal(18, 4)) as acquisition_spend,
        cast(coalesce(spend_sums.retention_spend, 0) as decimal(18, 4)) as retention_spend,
        cast(coalesce(spend_sums.impressions, 0) as bigint) as impressions,
        cast(coalesce(spend_sums.clicks, 0) as bigint) as clicks,
        coalesce(customer_sums.new_customers, 0) as new_customers,
        coalesce(customer_sums.referred_customers, 0) as referred_customers,
        cast(coalesce(customer_sums.first_order_gross_revenue, 0) as decimal(18, 4))
            as first_order_gross_revenue,
        cast(coalesce(customer_sums.first_order_revenue, 0) as decimal(18, 4))
            as first_order_revenue,
        coalesce(customer_sums.mature_customers_90d, 0) as mature_customers_90d,
        cast(customer_sums.net_revenue_90d as decimal(18, 4)) as net_revenue_90d,
        cast(customer_sums.contribution_90d as decimal(18, 4)) as contribution_90d,
        coalesce(customer_sums.mature_customers_365d, 0) as mature_customers_365d,
        cast(customer_sums.net_revenue_365d as decimal(18, 4)) as net_revenue_365d,
        cast(customer_sums.contribution_365d as decimal(18, 4)) as contribution_365d,
        -- Nobody brought nothing: of spend without customers all is lost.
        case
            when customer_sums.new_customers is null then 0
            else cast(cohort_totals.contribution as decimal(18, 4))
        end as contribution,
        paybacks.payback_days,
        case
            when months_and_channels.channel = '(all)'
                then coalesce(kpis.reliable_returning_customers, 0)
        end as returning_customers,
        case when months_and_channels.channel = '(all)' then coalesce(kpis.net_revenue, 0) end
            as net_revenue
    from months_and_channels
    cross join as_of
    left join spend_sums
        on
            months_and_channels.month = spend_sums.month
            and months_and_channels.channel = spend_sums.channel
    left join customer_sums
        on
            months_and_channels.month = customer_sums.month
            and months_and_channels.channel = customer_sums.channel
    left join cohort_totals
        on
            months_and_channels.month = cohort_totals.month
            and months_and_channels.channel = cohort_totals.channel
    left join paybacks
        on
            months_and_channels.month = paybacks.month
            and months_and_channels.channel = paybacks.channel
    left join kpis
        on months_and_channels.month = kpis.month

)

select
    month,
    channel,
    is_complete,
    spend,
    acquisition_spend,
    retention_spend,
    impressions,
    clicks,
    new_customers,
    referred_customers,
    {{ ratio('referred_customers', 'new_customers') }} as referred_share,
    {{ ratio('acquisition_spend', 'new_customers') }} as cac,
    first_order_gross_revenue,
    first_order_revenue,
    {{ ratio('first_order_gross_revenue', 'acquisition_spend') }} as first_order_roas,
    mature_customers_90d,
    net_revenue_90d,
    {{ ratio('net_revenue_90d', 'mature_customers_90d') }} as ltv_90,
    mature_customers_365d,
    net_revenue_365d,
    {{ ratio('net_revenue_365d', 'mature_customers_365d') }} as ltv_365,
    contribution_365d,
    -- The cohort's own spend; only where all of it was seen for a year.
    case
        when mature_customers_365d = new_customers
            then {{ ratio('contribution_365d', 'acquisition_spend') }}
    end as ltv_to_cac,
    contribution,
    {{ ratio('(contribution - acquisition_spend)', 'acquisition_spend') }} as roi,
    payback_days,
    returning_customers,
    {{ ratio('retention_spend', 'returning_customers') }} as retention_cost,
    -- Where nobody came back, keeping one has no cost to compare with.
    case
        when returning_customers > 0
            then {{ ratio("(acquisition_spend::double * returning_customers)", "(retention_spend::double * new_customers)") }}
    end as cac_to_retention_ratio,
    net_revenue,
    {{ ratio('net_revenue', 'spend') }} as mer
from joined_sums
