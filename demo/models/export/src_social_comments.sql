{{ config(
    materialized='external',
    location=var('output') ~ '/social_comments.' ~ var('format'),
    format=var('format'),
) }}

-- Remarks in public; three in ten are by people whom the shop can recognise.
with experiences as (

    select
        order_key,
        customer_no,
        delivered_at,
        mood,
        {{ digest('comment', 'order_key') }} as comment_digest
    from {{ ref('gen_experiences') }}

),

-- materialized, so that what follows is worked out for those few only
comments as materialized (

    select
        *,
        {{ draw('comment_digest', 3) }} as network_draw,
        delivered_at
        + to_seconds(3600 + floor({{ draw('comment_digest', 2) }} * 30 * 86400)::bigint) as created_at,
        case
            when mood < -0.8 then 'negative'
            when mood < 0.2 then 'neutral'
            else 'positive'
        end as sentiment
    from experiences
    where {{ draw('comment_digest') }} < 0.06

)

select
    'm' || comments.order_key as comment_id,
    case
        when comments.network_draw < 0.5 then 'instagram'
        when comments.network_draw < 0.8 then 'facebook'
        else 'tiktok'
    end as network,
    case
        when comments.network_draw * 1000 % 1 < 0.3 then 'c' || comments.customer_no
    end as customer_id,
    {{ product_key('lines.product_no') }} as product_id,
    comments.created_at,
    case comments.sentiment
        when 'negative' then 'Not happy with mine.'
        when 'neutral' then 'Got it today.'
        else 'Look what came in the mail!'
    end as body,
    comments.sentiment
from comments
inner join {{ ref('gen_order_lines') }} as lines
    on lines.order_key = comments.order_key
    and lines.line_no = 1
where
    comments.created_at < {{ end_of_time() }}
    and {{ in_window('comments.created_at') }}
order by comments.order_key
