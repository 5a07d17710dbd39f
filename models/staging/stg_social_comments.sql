with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as comment_id,
        cast(null as varchar) as network,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as product_id,
        cast(null as timestamp) as created_at,
        cast(null as varchar) as body,
        cast(null as varchar) as sentiment
    where false

    {{ union_adapters('social_comments') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'comment_id'],
        ['created_at desc nulls last', 'body'],
    ) }}

)

select * {{ with_source_in_keys(['comment_id', 'customer_id', 'product_id']) }}
from one_row_per_key
