{{ config(severity='warn', warn_if='>1', tags=['slow']) }}
select * from {{ ref('stg_orders') }} where amount > 10
