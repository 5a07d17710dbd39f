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

-- One row more for each order, which stands for it where nothing led to it.
candidates as (

    select * from matches
    union all
    select
        order_id,
        cast(null as varchar) as session_id,
        cast(null as timestamp) as touched_at,
        cast(null as varchar) as marketing_channel,
        cast(null as varchar) as campaign_id,
        cast(null as boolean) as is_of_order
    from counted_orders

),

numbered_touches as (

    select
        *,
        row_number() over touches_in_order as touch_number,
        greatest(count(session_id) over whole_order, 1) as last_touch,
        count(*) filter (where marketing_channel <> 'direct') over whole_order as named_touches,
        count(*) filter (where marketing_channel <> 'direct') over touches_so_far as named_so_far
    from candidates
    window
        touches_in_order as (
            partition by order_id order by is_of_order nulls last, touched_at, session_id
        ),
        touches_so_far as (
            partition by order_id order by is_of_order nulls last, touched_at, session_id
            rows between unbounded preceding and current row
        ),
        whole_order as (
            partition by order_id order by is_of_order nulls last, touched_at, session_id
            rows between unbounded preceding and unbounded following
        )

),

-- A visit appears once for each model that owes it something.
chosen_touches as (

    select
        *,
        unnest(
            list_filter(
                [
                    case when touch_number = 1 then 'first' end,
                    case when touch_number = last_touch then 'last' end,
                    case
                        when named_touches = 0 and touch_number = last_touch
                            then 'last_non_direct'
                        when marketing_channel <> 'direct' and named_so_far = named_touches
                            then 'last_non_direct'
                    end,
                    'linear'
                ],
                lambda model: model is not null
            )
        ) as model
    from numbered_touches
    where touch_number <= last_touch

),

shared_touches as (

    select
        *,
        case when model = 'linear' then last_touch else 1 end as shares
    from chosen_touches

)

select
    order_id,
    model,
    cast(if(session_id is null, 0, touch_number) as integer) as touch_number,
    session_id,
    touched_at,
    coalesce(marketing_channel, '(unattributed)') as marketing_channel,
    campaign_id,
    cast(shares as integer) as shares,
    {{ ratio('1', 'shares') }} as weight
from shared_touches
