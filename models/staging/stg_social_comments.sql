with

all_sources as (

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

)

select * from all_sources
