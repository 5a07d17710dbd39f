with

items as (

    select
        items.order_id,
        items.order_date,
        items.quantity,
        products.parent_product_id as product_id
    from {{ ref('fct_order_items') }} as items
    inner join {{ ref('dim_products') }} as products
        on items.product_id = products.product_id
    where
        items.is_valid
        and not items.is_gift
        and not items.is_gift_card
        and products.is_merchandise

),

products as (

    select * from {{ ref('dim_products') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- The last 28 days, the 28 before, and the same days a year ago.
dated_items as (

    select
        items.*,
        as_of.as_of,
        as_of.as_of - items.order_date between 1 and 28 as is_now,
        as_of.as_of - items.order_date between 29 and 56 as is_before,
        items.order_date >= cast(as_of.as_of - interval 1 year as date) - 28
        and items.order_date < cast(as_of.as_of - interval 1 year as date) as is_last_year
    from items
    cross join as_of

),

-- The slope of a line through the units of 28 days: days without a sale are 0, so only the day's
-- distance from the middle counts. The squares of these distances sum to 1827.
sums as (

    select
        product_id,
        max(as_of) as as_of,
        min(order_date) as first_order_date,
        coalesce(sum(quantity) filter (where is_now), 0) as units,
        coalesce(sum(quantity) filter (where is_before), 0) as units_prev,
        coalesce(sum(quantity) filter (where is_last_year), 0) as units_last_year,
        count(distinct order_id) filter (where is_now) as orders,
        count(distinct order_id) filter (where is_before) as orders_prev,
        coalesce(
            sum(quantity * (14.5 - (as_of - order_date))) filter (where is_now), 0
        ) as moment
    from dated_items
    group by product_id

),

-- Units of one order come together: it is orders that are counted by chance. Of all orders of both
-- windows the share of the last one is binomial, and its odds are the ratio of the two.
bounds as (

    select
        *,
        {{ wilson_bound('orders', '(orders + orders_prev)', '-') }} as share_lo,
        {{ wilson_bound('orders', '(orders + orders_prev)', '+') }} as share_hi
    from sums
    where units > 0 or units_prev > 0

),

ratios as (

    select
        *,
        share_lo / (1 - share_lo) as change_lo,
        case when share_hi < 1 then share_hi / (1 - share_hi) end as change_hi,
        as_of - first_order_date <= 56 as is_new
    from bounds

)

select
    ratios.product_id,
    products.product_name,
    coalesce(products.category, '(unknown)') as category,
    ratios.as_of,
    ratios.first_order_date,
    ratios.is_new,
    cast(ratios.units as decimal(18, 4)) as units_28d,
    cast(ratios.units_prev as decimal(18, 4)) as units_prev_28d,
    {{ ratio('ratios.units', 'ratios.units_prev') }} as units_change,
    cast(ratios.units_last_year as decimal(18, 4)) as units_last_year_28d,
    {{ ratio('ratios.units', 'ratios.units_last_year') }} as units_change_last_year,
    ratios.orders as orders_28d,
    ratios.orders_prev as orders_prev_28d,
    {{ ratio('ratios.orders', 'ratios.orders_prev') }} as orders_change,
    ratios.change_lo as orders_change_lo,
    ratios.change_hi as orders_change_hi,
    cast(ratios.moment as double) / 1827 as slope_28d,
    case
        when ratios.is_new then 'new'
        when greatest(ratios.units, ratios.units_prev) < {{ var('trend_min_units') }} then 'too_few'
        when ratios.change_lo > 1 then 'rising'
        when ratios.change_hi < 1 then 'falling'
        else 'steady'
    end as trend
from ratios
left join products
    on ratios.product_id = products.product_id
