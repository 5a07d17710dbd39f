with

product_costs as (

    select * from {{ ref('stg_product_costs') }}

)

select
    product_id,
    valid_from,
    coalesce(
        lead(valid_from) over (partition by product_id order by valid_from), date '9999-12-31'
    ) as valid_to_excl,
    unit_cost,
    currency
from product_costs
