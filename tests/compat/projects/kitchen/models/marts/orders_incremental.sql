{{ config(materialized='incremental', unique_key='order_id', incremental_strategy='delete+insert', on_schema_change='append_new_columns') }}
select order_id, amount, status, '{{ "inc" if is_incremental() else "full" }}' as how
    {% if is_incremental() %}, 1 as added {% endif %}
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where order_id > (select max(order_id) - 1 from {{ this }})
{% endif %}
