{{ config(severity='warn') }}
-- A source that is read and delivers no order: its files may lie elsewhere, or have other names.
with

sources as (

    select * from {{ ref('stg_sources') }}

),

orders as (

    select * from {{ ref('stg_orders') }}

)

select
    sources.source,
    sources.adapter
from sources
anti join orders
    on sources.source = orders.source
