{{ config(materialized='ephemeral') }}

with

reviews as (

    select * from {{ source('olist', 'order_reviews') }}

),

orders as (

    select * from {{ source('olist', 'orders') }}

),

customers as (

    select * from {{ source('olist', 'customers') }}

)

select
    reviews._source as source,
    reviews.review_id,
    reviews.order_id,
    customers.customer_unique_id as customer_id,
    reviews.review_creation_date as created_at,
    reviews.review_score as score,
    reviews.review_comment_title as title,
    reviews.review_comment_message as body
from reviews
left join orders
    on
        reviews._source = orders._source
        and reviews.order_id = orders.order_id
left join customers
    on
        orders._source = customers._source
        and orders.customer_id = customers.customer_id
