with

promotions as (

    select * from {{ ref('stg_promotions') }}

),

items as (

    select *
    from {{ ref('fct_order_items') }}
    where is_valid and not is_gift and not is_gift_card

),

orders as (

    select *
    from {{ ref('fct_orders') }}
    where is_valid

),

order_discounts as (

    select * from {{ ref('stg_order_discounts') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

day_units as (

    select
        order_date,
        sum(quantity) as units
    from items
    group by order_date

),

first_day as (

    select min(order_date) as first_date from orders

),

-- As many whole weeks back as the promotion is long: the same weekdays, none of them its own. One
-- without an end goes on, and is compared with nothing.
windows as (

    select
        promotions.promotion_id,
        promotions.code,
        promotions.promotion_type,
        promotions.value_type,
        promotions.value,
        {{ local_date('promotions.starts_at') }} as first_date,
        {{ local_date('promotions.ends_at') }} as last_date,
        cast(
            ceil(
                (
                    {{ local_date('promotions.ends_at') }}
                    - {{ local_date('promotions.starts_at') }} + 1
                ) / 7.0
            ) as integer
        ) * 7 as shift_days
    from promotions
    where promotions.starts_at is not null

),

checked_windows as (

    select
        windows.*,
        windows.last_date - windows.first_date + 1 as days,
        coalesce(
            windows.last_date < as_of.as_of
            and windows.first_date - windows.shift_days >= first_day.first_date
            and windows.shift_days <= 35,
            false
        ) as is_comparable
    from windows
    cross join as_of
    cross join first_day

),

unit_sums as (

    select
        checked_windows.promotion_id,
        coalesce(
            sum(day_units.units) filter (
                where
                day_units.order_date >= checked_windows.first_date
                and coalesce(day_units.order_date <= checked_windows.last_date, true)
            ),
            0
        ) as units_during,
        coalesce(
            sum(day_units.units) filter (
                where
                day_units.order_date between
                checked_windows.first_date - checked_windows.shift_days
                and checked_windows.last_date - checked_windows.shift_days
            ),
            0
        ) as units_before,
        coalesce(
            sum(day_units.units) filter (
                where
                day_units.order_date between
                checked_windows.first_date + checked_windows.shift_days
                and checked_windows.last_date + checked_windows.shift_days
            ),
            0
        ) as units_after
    from checked_windows
    left join day_units
        on
            day_units.order_date
            >= checked_windows.first_date - coalesce(checked_windows.shift_days, 0)
            and coalesce(
                day_units.order_date <= checked_windows.last_date + checked_windows.shift_days,
                true
            )
    group by checked_windows.promotion_id

),

-- By its code, where a discount has no number: of promotions of one code the last that had begun.
coded_orders as (

    select
        orders.order_id,
        promotions.promotion_id
    from order_discounts
    inner join orders
        on order_discounts.order_id = orders.order_id
    inner join promotions
        on upper(trim(order_discounts.code)) = upper(trim(promotions.code))
    where
        order_discounts.promotion_id is null
        and nullif(trim(order_discounts.code), '') is not null
    qualify row_number() over (
        partition by orders.order_id, upper(trim(promotions.code))
        order by
            coalesce(promotions.starts_at <= orders.ordered_at, false) desc,
            abs(epoch(orders.ordered_at) - epoch(promotions.starts_at)),
            promotions.promotion_id
    ) = 1

),

promoted_orders as (

    select
        orders.order_id,
        order_discounts.promotion_id
    from order_discounts
    inner join orders
        on order_discounts.order_id = orders.order_id
    where order_discounts.promotion_id is not null
    union
    select
        order_id,
        promotion_id
    from coded_orders

),

redemptions as (

    select
        promotion_id,
        count(*) as orders
    from promoted_orders
    group by promotion_id

)

select
    checked_windows.promotion_id,
    checked_windows.code,
    checked_windows.promotion_type,
    checked_windows.value_type,
    checked_windows.value,
    checked_windows.first_date,
    checked_windows.last_date,
    checked_windows.days,
    checked_windows.shift_days as weeks_apart_days,
    checked_windows.is_comparable,
    coalesce(redemptions.orders, 0) as orders,
    cast(unit_sums.units_during as decimal(18, 4)) as units_during,
    case when checked_windows.is_comparable then cast(unit_sums.units_before as decimal(18, 4)) end
        as units_before,
    case
        when checked_windows.is_comparable
            then {{ ratio('unit_sums.units_during', 'unit_sums.units_before') }}
    end as lift,
    case
        when
            checked_windows.is_comparable
            and checked_windows.last_date + checked_windows.shift_days < as_of.as_of
            then cast(unit_sums.units_after as decimal(18, 4))
    end as units_after,
    unit_sums.units_before < {{ var('trend_min_units') }} as is_low_n
from checked_windows
cross join as_of
inner join unit_sums
    on checked_windows.promotion_id = unit_sums.promotion_id
left join redemptions
    on checked_windows.promotion_id = redemptions.promotion_id
