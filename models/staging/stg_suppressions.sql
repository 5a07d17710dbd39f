with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as email_hash,
        cast(null as varchar) as reason,
        cast(null as timestamp) as suppressed_at
    where false

    {{ union_adapters('suppressions') }}

)

select * {{ with_source_in_keys(['customer_id']) }}
from all_sources
