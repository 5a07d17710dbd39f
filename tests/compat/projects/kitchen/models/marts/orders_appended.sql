{{ config(materialized='incremental', alias='appended', schema='extra') }}
select order_id, amount from {{ ref('orders_incremental') }}
