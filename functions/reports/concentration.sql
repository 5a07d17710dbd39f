with

customers as (

    select *
    from {{ function('period_customers') }}(
        start_date, end_date, {{ same_filters() }}, {{ same_band() }}, of_periods := 'current'
    )
    where is_active

),

-- An aggregate is computed also where nobody is found: what is no choice is an error there, too.
choices as (

    select
        any_value(
            case
                when cast({{ function('as_choice') }}(top_share, '0.2') as decimal(9, 6)) between 0 and 1
                    then cast({{ function('as_choice') }}(top_share, '0.2') as decimal(9, 6))
                else error('top_share is not between 0 and 1')
            end
        ) as top_share,
        any_value(
            case {{ function('as_choice') }}(measure, 'net_revenue')
                when 'net_revenue' then 'net_revenue'
                when 'gross_revenue' then 'gross_revenue'
                else error('measure is none of: net_revenue, gross_revenue')
            end
        ) as measure

),

-- A curve cannot fall: who gave back more than he bought stands at 0, and the sum cut off is kept.
amounts as (

    select
        customers.customer_id,
        case choices.measure
            when 'net_revenue' then customers.net_revenue
            when 'gross_revenue' then customers.gross_revenue
        end as amount
    from customers
    cross join choices

),

ranked as (

    select
        greatest(amounts.amount, 0) as amount,
        least(amounts.amount, 0) as floored_amount,
        row_number() over best_first as position,
        count(*) over () as customers,
        sum(greatest(amounts.amount, 0)) over () as total_amount,
        sum(greatest(amounts.amount, 0)) over (
            order by amounts.amount desc, amounts.customer_id
            rows between unbounded preceding and current row
        ) as cumulative_amount
    from amounts
    window best_first as (order by amounts.amount desc, amounts.customer_id)

),

-- The Gini coefficient of x sorted downwards: (n + 1 - 2 sum(position x) / sum(x)) / n, turned round.
summary as (

    select
        max(ranked.customers) as customers,
        max(ranked.total_amount) as total_amount,
        sum(ranked.floored_amount) as floored_amount,
        count(*) filter (where ranked.floored_amount < 0) as floored_customers,
        min(ranked.position) filter (
            where ranked.total_amount > 0 and 5 * ranked.cumulative_amount >= 4 * ranked.total_amount
        ) as customers_for_80,
        cast(
            sum((ranked.customers + 1 - 2 * ranked.position) * ranked.amount) as decimal(38, 4)
        ) as gini_numerator,
        cast(max(ranked.customers * ranked.total_amount) as decimal(38, 4)) as gini_denominator
    from ranked

),

-- Ten steps and the one asked for; a step ends with customer ceil(share n).
steps as (

    select unnest([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]) as customer_share
    union
    select choices.top_share as customer_share
    from choices

),

placed_steps as (

    select
        cast(steps.customer_share as decimal(9, 6)) as customer_share,
        cast(ceil(cast(steps.customer_share as decimal(9, 6)) * summary.customers) as bigint)
            as customers
    from steps
    cross join summary
    where summary.customers > 0

)

select
    placed_steps.customer_share,
    placed_steps.customer_share = choices.top_share as is_top_share,
    placed_steps.customers,
    cast(coalesce(ranked.cumulative_amount, 0) as decimal(18, 4)) as cumulative_amount,
    cast(summary.total_amount as decimal(18, 4)) as total_amount,
    {{ ratio('coalesce(ranked.cumulative_amount, 0)', 'summary.total_amount') }} as amount_share,
    ranked.amount as least_amount,
    summary.customers as all_customers,
    summary.customers_for_80,
    {{ ratio('summary.customers_for_80', 'summary.customers') }} as customer_share_for_80,
    {{ ratio('summary.gini_numerator', 'summary.gini_denominator') }} as gini,
    summary.floored_customers,
    cast(summary.floored_amount as decimal(18, 4)) as floored_amount
from placed_steps
cross join choices
cross join summary
left join ranked
    on placed_steps.customers = ranked.position
order by placed_steps.customer_share
