{% set involuntary = "('" ~ var('involuntary_cancel_reasons') | join("', '") ~ "')" %}
with

subscriptions as (

    select * from {{ ref('stg_subscriptions') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- A trial is no subscription yet: it begins with the first payment.
paid_subscriptions as (

    select
        coalesce(subscriptions.plan, '(unknown)') as plan,
        {{ local_date('subscriptions.first_paid_at') }} as paid_from,
        case
            when {{ local_date('subscriptions.cancelled_at') }} < as_of.as_of
                then greatest(
                    {{ local_date('subscriptions.cancelled_at') }},
                    {{ local_date('subscriptions.first_paid_at') }}
                )
        end as ended_on,
        coalesce(lower(subscriptions.cancel_reason) in {{ involuntary }}, false) as is_involuntary
    from subscriptions
    cross join as_of
    where {{ local_date('subscriptions.first_paid_at') }} < as_of.as_of

),

-- From the first payment on, which may come before the shop's first order.
paid_months as (

    select {{ months_since('paid_subscriptions.paid_from') }} as month
    from paid_subscriptions
    cross join as_of

),

months as (

    select
        paid_months.month,
        least(cast(paid_months.month + interval 1 month as date), as_of.as_of) as as_of,
        paid_months.month + interval 1 month <= as_of.as_of as is_complete
    from paid_months
    cross join as_of

),

month_sums as (

    select
        months.month,
        months.is_complete,
        case when grouping(paid_subscriptions.plan) = 0 then paid_subscriptions.plan else '(all)' end
            as plan,
        count(*) filter (where paid_subscriptions.paid_from < months.month) as active_start,
        count(*) filter (where paid_subscriptions.paid_from >= months.month) as started,
        count(*) filter (
            where
                paid_subscriptions.ended_on < months.as_of
                and paid_subscriptions.paid_from < months.month
        ) as churned,
        count(*) filter (
            where
                paid_subscriptions.ended_on < months.as_of
                and paid_subscriptions.paid_from < months.month
                and paid_subscriptions.is_involuntary
        ) as churned_involuntarily,
        count(*) filter (
            where
                paid_subscriptions.ended_on < months.as_of
                and paid_subscriptions.paid_from >= months.month
        ) as started_and_ended
    from months
    inner join paid_subscriptions
        on
            paid_subscriptions.paid_from < months.as_of
            and coalesce(paid_subscriptions.ended_on >= months.month, true)
    group by grouping sets (
        (months.month, months.is_complete),
        (months.month, months.is_complete, paid_subscriptions.plan)
    )

)

select
    month,
    plan,
    is_complete,
    active_start,
    started,
    case when is_complete then churned end as churned,
    case when is_complete then churned_involuntarily end as churned_involuntarily,
    case when is_complete then started_and_ended end as started_and_ended,
    case when is_complete then active_start + started - churned - started_and_ended end
        as active_end,
    case when is_complete then {{ ratio('churned', 'active_start') }} end as churn_rate,
    case
        when is_complete
            then {{ ratio('(churned - churned_involuntarily)', 'active_start') }}
    end as voluntary_churn_rate
from month_sums
