with

slices as (

    select
        month,
        case
            when store_id = '(all)' and segment = '(all)' then 'whole'
            when store_id = '(all)' then 'segments'
            when segment = '(all)' then 'stores'
            else 'cells'
        end as slice,
        sum(active_start) as active_start,
        sum(new_customers) as new_customers,
        sum(churned_customers) as churned_customers,
        sum(reactivated_customers) as reactivated_customers,
        sum(active_end) as active_end,
        sum(active_start_net_revenue) as active_start_net_revenue
    from {{ ref('agg_churn_monthly') }}
    group by 1, 2

)

select
    slices.month,
    slices.slice
from slices
left join slices as whole
    on
        slices.month = whole.month
        and whole.slice = 'whole'
where
    slices.active_start is distinct from whole.active_start
    or slices.new_customers is distinct from whole.new_customers
    or slices.churned_customers is distinct from whole.churned_customers
    or slices.reactivated_customers is distinct from whole.reactivated_customers
    or slices.active_end is distinct from whole.active_end
    or slices.active_start_net_revenue is distinct from whole.active_start_net_revenue
