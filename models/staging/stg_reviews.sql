with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as review_id,
        cast(null as varchar) as order_id,
        cast(null as varchar) as product_id,
        cast(null as varchar) as customer_id,
        cast(null as timestamp) as created_at,
        cast(null as integer) as score,
        cast(null as varchar) as title,
        cast(null as varchar) as body,
        cast(null as boolean) as is_verified
    where false

    {{ union_adapters('reviews') }}

),

-- A row that says the same in every column came twice: from a file that was loaded twice.
told_once as (

    select *
    from all_sources
    group by all

)

select * {{ with_source_in_keys(['review_id', 'order_id', 'product_id', 'customer_id']) }}
from told_once
