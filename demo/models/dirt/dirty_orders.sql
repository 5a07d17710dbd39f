-- What is wrong with which order, at most one thing each, and whose it seems to be then. A higher level
-- keeps the defects of the lower ones.
with orders as (

    select
        order_key,
        customer_no,
        purchase_no,
        origin,
        channel_id,
        currency,
        country_code,
        ordered_at,
        {{ digest('dirty_order', 'order_key') }} as dirt_digest
    from {{ ref('gen_orders') }}

),

draws as (

    select
        *,
        {{ draw('dirt_digest') }} as kind_draw,
        {{ draw('dirt_digest', 3) }} as delay_draw
    from orders

),

kinds as (

    select
        *,
        case
            when origin != 'own' then null
            when kind_draw < 0.010 then 'duplicate_order'
            when kind_draw < 0.015 then 'duplicate_line'
            when kind_draw < 0.020 then 'duplicate_payment'
            when kind_draw < 0.035
                then case when ordered_at < {{ end_of_time() }} - interval 7 day then 'late_order' end
            when kind_draw < 0.043 then 'test_order'
            {%- if var('dirt') > 1 %}
            when kind_draw < 0.053 then 'null_customer'
            when kind_draw < 0.085 and country_code = 'RO' then 'foreign_currency'
            when kind_draw < 0.085 then null
            when kind_draw < 0.095 then 'local_time'
            when kind_draw < 0.103 then 'unknown_sku'
            {%- endif %}
            {%- if var('dirt') > 2 %}
            when kind_draw < 0.111 then 'negative_quantity'
            when kind_draw < 0.119 then 'zero_price'
            when kind_draw < 0.127 then 'no_items'
            when kind_draw < 0.132 then 'orphan_line'
            when kind_draw < 0.137 then 'null_product'
            when kind_draw < 0.141 then 'null_key'
            when channel_id = 'market' and kind_draw > 0.4 then 'relay_customer'
            {%- endif %}
            {%- if var('dirt') > 1 %}
            when
                ordered_at::date = {{ last_sunday('ordered_at', 3) }}
                or ordered_at::date = {{ last_sunday('ordered_at', 10) }}
                then 'dst_night'
            {%- endif %}
        end as kind
    from draws

),

owners as (

    select
        kinds.order_key,
        kinds.ordered_at,
        kinds.kind,
        kinds.delay_draw,
        case
            when kinds.kind = 'relay_customer' then 'mp' || kinds.order_key
            when people.kind = 'second_email' and kinds.purchase_no % 2 = 0
                then 'c' || kinds.customer_no || 'd'
            when people.kind = 'chain' and kinds.purchase_no % 3 = 2
                then 'c' || kinds.customer_no || 'd'
            when people.kind = 'chain' and kinds.purchase_no % 3 = 0
                then 'c' || kinds.customer_no || 'e'
        end as owner_id
    from kinds
    left join {{ ref('dirty_people') }} as people
        on people.customer_no = kinds.customer_no
        and kinds.origin != 'stranger'

)

select
    order_key,
    ordered_at,
    kind,
    case when kind = 'null_customer' then null else owner_id end as owner_id,
    coalesce(kind = 'null_customer', false) or owner_id is not null as is_owner_changed,
    case when kind = 'foreign_currency' then 5 else 1 end as factor,
    case
        when kind = 'late_order' then ordered_at + to_days(1 + floor(delay_draw * 5)::integer)
    end as arrives_at
from owners
where
    kind is not null
    or owner_id is not null
