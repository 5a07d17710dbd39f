with

all_sources as materialized (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as promotion_id,
        cast(null as varchar) as code,
        cast(null as varchar) as promotion_type,
        cast(null as varchar) as value_type,
        cast(null as decimal(18, 4)) as value,
        cast(null as timestamp) as starts_at,
        cast(null as timestamp) as ends_at,
        cast(null as varchar) as channel_id
    where false

    {{ union_adapters('promotions') }}

),

one_row_per_key as (

    {{ one_row_per_key(
        'all_sources',
        ['source', 'promotion_id'],
        ['starts_at desc nulls last', 'code'],
    ) }}

)

select * {{ with_source_in_keys(['promotion_id']) }}
from one_row_per_key
