with

orders as (

    select * from {{ ref('int_orders_enriched') }}

),

source_orders as (

    select * from {{ ref('stg_orders') }}

),

touches as (

    select * from {{ ref('int_touches') }}

),

windows as (

    select * from {{ ref('attribution_windows') }}

),

default_window as (

    select max(window_days) filter (where marketing_channel = '(all)') as window_days
    from windows

),

timed_touches as (

    select
        touches.session_id,
        touches.customer_id,
        touches.touched_at,
        touches.marketing_channel,
        touches.campaign_id,
        to_days(coalesce(windows.window_days, default_window.window_days, 0)) as lifetime
    from touches
    cross join default_window
    left join windows
        on touches.marketing_channel = windows.marketing_channel

),

counted_orders as (

    select
        orders.order_id,
        orders.customer_id,
        orders.ordered_at,
        source_orders.session_id
    from orders
    inner join source_orders
        on orders.order_id = source_orders.order_id
    where orders.is_valid

),

-- The visit in which the order was placed counts whoever it was, as the last one even if another
-- began meanwhile; earlier ones of the customer count within their window.
matches as (

    select
        counted_orders.order_id,
        timed_touches.session_id,
        timed_touches.touched_at,
        timed_touches.marketing_channel,
        timed_touches.campaign_id,
        true as is_of_order
    from counted_orders
    inner join timed_touches
        on counted_orders.session_id = timed_touches.session_id
    union all
    select
        counted_orders.order_id,
        timed_touches.session_id,
        timed_touches.touched_at,
        timed_touches.marketing_channel,
        timed_touches.campaign_id,
        false as is_of_order
    from counted_orders
    inner join timed_touches
        on
            counted_orders.customer_id = timed_touches.customer_id
            and timed_touches.touched_at <= counted_orders.ordered_at
            and timed_touches.touched_at + timed_touches.lifetime >= counted_orders.ordered_at
    where counted_orders.session_id is distinct from timed_touches.session_id

),

numbered_matches as (

    select
        *,
        row_number() over (
            partition by order_id
            order by is_of_order, touched_at, session_id
        ) as touch_number
    from matches

),

order_touches as (

    select
        order_id,
        max(touch_number) as last_touch,
        coalesce(
            max(touch_number) filter (where marketing_channel <> 'direct'), max(touch_number)
        ) as last_named_touch
    from numbered_matches
    group by order_id

),

-- A visit appears once for each model that owes it something.
chosen_touches as (

    select
        numbered_matches.*,
        unnest(
            list_filter(
                [
                    case when numbered_matches.touch_number = 1 then 'first' end,
                    case
                        when numbered_matches.touch_number = order_touches.last_touch then 'last'
                    end,
                    case
                        when numbered_matches.touch_number = order_touches.last_named_touch
                            then 'last_non_direct'
                    end,
                    'linear'
                ],
                lambda model: model is not null
            )
        ) as model,
        order_touches.last_touch as touches
    from numbered_matches
    inner join order_touches
        on numbered_matches.order_id = order_touches.order_id

),

shared_touches as (

    select
        *,
        case when model = 'linear' then touches else 1 end as shares
    from chosen_touches

),

models as (

    select unnest(['first', 'last', 'last_non_direct', 'linear']) as model

),

unexplained_orders as (

    select
        counted_orders.order_id,
        models.model
    from counted_orders
    cross join models
    left join matches
        on counted_orders.order_id = matches.order_id
    where matches.order_id is null

)

select
    order_id,
    model,
    cast(touch_number as integer) as touch_number,
    session_id,
    touched_at,
    marketing_channel,
    campaign_id,
    cast(shares as integer) as shares,
    {{ ratio('1', 'shares') }} as weight
from shared_touches
union all
select
    order_id,
    model,
    0 as touch_number,
    cast(null as varchar) as session_id,
    cast(null as timestamp) as touched_at,
    '(unattributed)' as marketing_channel,
    cast(null as varchar) as campaign_id,
    1 as shares,
    1.0 as weight
from unexplained_orders
