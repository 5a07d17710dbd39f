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

-- The visit in which the order was placed counts whoever it was; earlier ones of the customer
-- count within their window.
matches as (

    select
        counted_orders.order_id,
        timed_touches.session_id,
        timed_touches.touched_at,
        timed_touches.marketing_channel,
        timed_touches.campaign_id
    from counted_orders
    inner join timed_touches
        on counted_orders.session_id = timed_touches.session_id
    union all
    select
        counted_orders.order_id,
        timed_touches.session_id,
        timed_touches.touched_at,
        timed_touches.marketing_channel,
        timed_touches.campaign_id
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
        row_number() over in_time as touch_number,
        count(*) over (partition by order_id) as touches,
        max(case when marketing_channel <> 'direct' then touched_at end)
            over (partition by order_id) as last_named_at
    from matches
    window in_time as (partition by order_id order by touched_at, session_id)

),

chosen_touches as (

    select
        *,
        'first' as model,
        1 as shares
    from numbered_matches
    where touch_number = 1
    union all
    select
        *,
        'last' as model,
        1 as shares
    from numbered_matches
    where touch_number = touches
    union all
    (
        select
            *,
            'last_non_direct' as model,
            1 as shares
        from numbered_matches
        where marketing_channel <> 'direct' or last_named_at is null
        qualify row_number() over (partition by order_id order by touch_number desc) = 1
    )
    union all
    select
        *,
        'linear' as model,
        touches as shares
    from numbered_matches

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
from chosen_touches
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
