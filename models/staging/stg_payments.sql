with

all_sources as (

    select
        cast(null as varchar) as source,
        cast(null as varchar) as payment_id,
        cast(null as varchar) as order_id,
        cast(null as timestamp) as paid_at,
        cast(null as varchar) as method,
        cast(null as decimal(18, 4)) as amount,
        cast(null as decimal(18, 4)) as fee_amount,
        cast(null as varchar) as currency,
        cast(null as integer) as installments,
        cast(null as varchar) as status
    where false

    {{ union_adapters('payments') }}

)

select * from all_sources
