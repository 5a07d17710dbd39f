with

all_adapters as (

    select
        cast(null as varchar) as system,
        cast(null as varchar) as source_customer_key,
        cast(null as varchar) as customer_id
    where false

    {% if 'canonical' in var('adapters') %}
    union all by name
    select * from {{ ref('stg_canonical__customer_identities') }}
    {% endif %}

)

select * from all_adapters
