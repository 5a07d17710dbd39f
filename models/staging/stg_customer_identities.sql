with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as system,
        cast(null as varchar) as source_customer_key,
        cast(null as varchar) as customer_id
    where false

    {{ union_adapters('customer_identities') }}

)

select * from all_sources
