{{ config(
    materialized='external',
    location=var('output') ~ '/product_costs.' ~ var('format'),
    format=var('format'),
) }}

-- Costs rise by three per cent each New Year.
with years as (

    select
        greatest(make_date(range::integer, 1, 1), date '{{ var("start_date") }}') as valid_from,
        range - year(date '{{ var("start_date") }}') as years_later
    from range(year(date '{{ var("start_date") }}'), year(date '{{ var("end_date") }}') + 1)

),

costs as (

    select
        product_no,
        cost_cents
    from {{ ref('gen_products') }}

    union all

    select
        product_no,
        600
    from {{ ref('gen_special_products') }}
    where not is_gift_card

)

select
    {{ product_key('costs.product_no') }} as product_id,
    years.valid_from,
    {{ money('costs.cost_cents * (100 + 3 * years.years_later) // 100') }} as unit_cost,
    'EUR' as currency
from costs
cross join years
order by costs.product_no, years.valid_from
