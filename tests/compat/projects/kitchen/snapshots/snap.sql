{% snapshot orders_check %}
{{ config(unique_key='id', strategy='check', check_cols=['status', 'amount'], hard_deletes='invalidate') }}
select * from {{ ref('raw_orders') }}
{% endsnapshot %}

{% snapshot orders_timestamp %}
{{ config(unique_key='id', strategy='timestamp', updated_at='ordered_at', hard_deletes='new_record') }}
select id, status, cast(ordered_at as timestamp) as ordered_at from {{ ref('raw_orders') }}
{% endsnapshot %}
