{{ config(materialized='incremental', unique_key=['order_id'], incremental_strategy='merge', merge_update_columns=['how']) }}
select order_id, amount, '{{ "inc" if is_incremental() else "full" }}' as how
from {{ ref('stg_orders') }}
