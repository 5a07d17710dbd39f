{{ config(
    materialized='external',
    location=var('output') ~ '/sales_channels.' ~ var('format'),
    format=var('format'),
) }}

select
    channel_id,
    channel_name,
    channel_type
from (
    values
        ('market', 'Marketplace', 'marketplace'),
        ('phone', 'Telephone', 'phone'),
        ('pos', 'Shops', 'pos'),
        ('social', 'Social shops', 'social'),
        ('web', 'Web shop', 'online_store')
) as channels (channel_id, channel_name, channel_type)
order by channel_id
