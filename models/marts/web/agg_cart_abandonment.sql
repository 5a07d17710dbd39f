with

carts as (

    select *
    from {{ ref('int_cart_outcomes') }}
    where is_counted

)

select
    created_date as date,
    device,
    marketing_channel as channel,
    count(*) as carts,
    count(*) filter (where outcome = 'converted') as converted_carts,
    count(*) filter (where outcome = 'abandoned') as abandoned_carts,
    count(*) filter (where outcome = 'open') as open_carts,
    count(*) filter (where is_won_back) as won_back_carts,
    count(*) filter (where has_checkout and outcome <> 'open') as checkout_carts,
    count(*) filter (where has_checkout and outcome = 'abandoned') as abandoned_checkouts,
    {{ ratio(
        "count(*) filter (where outcome = 'abandoned')",
        "count(*) filter (where outcome <> 'open')",
    ) }} as cart_abandonment_rate,
    {{ ratio(
        "count(*) filter (where has_checkout and outcome = 'abandoned')",
        "count(*) filter (where has_checkout and outcome <> 'open')",
    ) }} as checkout_abandonment_rate
from carts
group by created_date, device, marketing_channel
