with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as order_id,
        cast(null as varchar) as promotion_id,
        cast(null as varchar) as code,
        cast(null as decimal(18, 4)) as amount,
        cast(null as varchar) as discount_type
    where false

    {{ union_adapters('order_discounts') }}

)

select * {{ with_source_in_keys(['order_id', 'promotion_id']) }}
from all_sources
