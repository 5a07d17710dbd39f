with

all_adapters as (

    select
        cast(null as varchar) as product_id,
        cast(null as date) as valid_from,
        cast(null as decimal(18, 4)) as unit_cost,
        cast(null as varchar) as currency
    where false

    {% if 'canonical' in var('adapters') %}
    union all by name
    select * from {{ ref('stg_canonical__product_costs') }}
    {% endif %}

)

select * from all_adapters
