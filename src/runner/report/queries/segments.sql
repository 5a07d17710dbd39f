, monthly_segments as (

    select
        agg_rfm_monthly.*,
        spans.span
    from {{ ref('agg_rfm_monthly') }} as agg_rfm_monthly
    inner join spans
        on agg_rfm_monthly.month = spans.first_day
    where
        agg_rfm_monthly.segment is not null
        and agg_rfm_monthly.preset = (select chosen.preset from chosen)

)

select
    segment,
    coalesce(sum(customers) filter (where span = 'now'), 0) as customers,
    sum(customers) filter (where span = 'before') as customers_before,
    cast(coalesce(sum(net_revenue) filter (where span = 'now'), 0) as decimal(18, 4)) as net_revenue
from monthly_segments
group by segment
order by segment
