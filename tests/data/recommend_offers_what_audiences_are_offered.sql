-- What an audience's letter offers a customer is the first of the offers; asked for some hundred customers.
{{ config(tags=['agreement']) }}
with

recommendations as (

    select *
    from {{ ref('int_customer_recommendations') }}
    order by md5(customer_id)
    limit 200

),

offers as (

    select *
    from {{ function('recommend') }}(
        (
            select string_agg(customer_id, ',')
            from (
                select customer_id
                from {{ ref('int_customer_recommendations') }}
                order by md5(customer_id)
                limit 200
            )
        ),
        limit_n := '1'
    )

)

select
    recommendations.customer_id,
    recommendations.product_id,
    offers.product_id as offered_id
from recommendations
left join offers
    on recommendations.customer_id = offers.customer_id
where recommendations.product_id is distinct from offers.product_id
