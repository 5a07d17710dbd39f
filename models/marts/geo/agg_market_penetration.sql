with recursive

orders as (

    select * from {{ ref('int_order_regions') }}

),

regions as (

    select * from {{ ref('int_regions') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- A region within a region is counted in both; regions within each other end where they began.
containing as (

    select
        region_id,
        region_id as containing_id
    from regions
    where level = 'region'
    union
    select
        containing.region_id,
        parents.region_id as containing_id
    from containing
    inner join regions
        on containing.containing_id = regions.region_id and regions.level = 'region'
    inner join regions as parents
        on regions.parent_region_id = parents.region_id and parents.level = 'region'

),

-- What is counted in another region adds nothing to the whole.
parts as (

    select containing.region_id
    from containing
    inner join regions
        on containing.containing_id = regions.region_id and regions.level = 'region'
    where containing.region_id <> containing.containing_id and regions.population > 0
    group by containing.region_id

),

-- The best fifth of customers by net revenue so far, as in the report on concentration.
best_customers as (

    select customer_id
    from customers
    where orders > 0
    qualify
        5 * (row_number() over (order by net_revenue desc, customer_id) - 1)
        < count(*) over ()

),

periods as (

    select
        'all_time' as period,
        cast(null as date) as first_date
    union all
    select
        'last_365_days' as period,
        as_of.as_of - 365 as first_date
    from as_of

),

placed_orders as (

    select
        periods.period,
        orders.country_code,
        orders.region_id,
        orders.customer_id,
        best_customers.customer_id is not null as is_best,
        orders.net_revenue_order_basis
    from orders
    inner join periods
        on periods.first_date is null or orders.order_date >= periods.first_date
    left join best_customers
        on orders.customer_id = best_customers.customer_id
    where orders.is_valid

),

-- Orders to one region may name different countries: the region is the key.
orders_by_place as (

    select
        *,
        'country' as level,
        country_code as place_id
    from placed_orders
    union all
    select
        placed_orders.*,
        'region' as level,
        coalesce(containing.containing_id, placed_orders.region_id) as place_id
    from placed_orders
    left join containing
        on placed_orders.region_id = containing.region_id

),

sums as (

    select
        period,
        level,
        place_id as region_id,
        count(distinct customer_id) as customers,
        count(distinct customer_id) filter (where is_best) as top_tier_customers,
        count(*) as orders,
        cast(sum(net_revenue_order_basis) as decimal(18, 4)) as net_revenue_order_basis,
        cast(
            sum(net_revenue_order_basis) filter (where customer_id is not null) as decimal(18, 4)
        ) as identified_net_revenue
    from orders_by_place
    group by period, level, place_id

),

-- Every region is shown, also where nobody has bought; and what no region is known for.
places as (

    select
        periods.period,
        regions.level,
        regions.region_id
    from periods
    cross join regions
    union
    select
        period,
        level,
        region_id
    from sums

),

counted as (

    select
        places.period,
        places.level,
        places.region_id,
        coalesce(regions.region_name, places.region_id) as region_name,
        case
            when places.level = 'region' then regions.country_code
            when places.region_id <> '(unknown)' then places.region_id
        end as country_code,
        regions.population,
        regions.population_year,
        coalesce(regions.target_population, regions.population) as target_population,
        regions.profile_share,
        regions.latitude,
        regions.longitude,
        parts.region_id is not null and places.level = 'region' as is_part,
        coalesce(sums.customers, 0) as customers,
        coalesce(sums.top_tier_customers, 0) as top_tier_customers,
        coalesce(sums.orders, 0) as orders,
        coalesce(sums.net_revenue_order_basis, 0) as net_revenue_order_basis,
        coalesce(sums.identified_net_revenue, 0) as identified_net_revenue
    from places
    left join regions
        on
            places.level = regions.level
            and places.region_id = regions.region_id
    left join sums
        on
            places.period = sums.period
            and places.level = sums.level
            and places.region_id = sums.region_id
    left join parts
        on places.region_id = parts.region_id

),

-- The whole is what regions of known population have together.
wholes as (

    select
        period,
        level,
        sum(customers) filter (where population > 0 and not is_part) as customers,
        sum(population) filter (where population > 0 and not is_part) as population,
        sum(profile_share * population) filter (where population > 0 and not is_part)
        / nullif(
            sum(population) filter (
                where population > 0 and profile_share is not null and not is_part
            ),
            0
        ) as profile_share,
        cast(sum(identified_net_revenue) filter (where not is_part) as decimal(18, 4))
            as identified_net_revenue,
        sum(customers) filter (where not is_part) as all_customers,
        quantile_cont(customers::double / nullif(population, 0), 0.75)
            filter (where population > 0) as benchmark_penetration
    from counted
    group by period, level

),

measured as (

    select
        counted.*,
        wholes.benchmark_penetration,
        {{ ratio('counted.customers', 'counted.population') }} as penetration,
        {{ ratio('wholes.customers', 'wholes.population') }} as whole_penetration,
        100 * counted.profile_share / nullif(wholes.profile_share, 0) as density_index,
        -- Upper end of Wilson's 95 % interval of a share.
        case
            when counted.population > 0
                then
                    (
                        counted.customers + 1.9208
                        + 1.96 * sqrt(
                            counted.customers::double
                            * (counted.population - counted.customers) / counted.population
                            + 0.9604
                        )
                    ) / (counted.population + 3.8416)
        end as penetration_upper,
        -- A whole number of customers may lie a digit below itself: 98 x (1 / 49).
        case
            when counted.target_population is not null and wholes.benchmark_penetration is not null
                then
                    greatest(
                        cast(
                            floor(
                                round(
                                    counted.target_population * wholes.benchmark_penetration, 6
                                )
                            ) as bigint
                        ) - counted.customers,
                        0
                    )
        end as opportunity_customers,
        -- Of customers, as they are counted: what nobody known brought is nobody's.
        coalesce(
            counted.identified_net_revenue / nullif(counted.customers, 0),
            wholes.identified_net_revenue / nullif(wholes.all_customers, 0)
        ) as net_revenue_per_customer
    from counted
    inner join wholes
        on
            counted.period = wholes.period
            and counted.level = wholes.level

)

select
    period,
    level,
    region_id,
    region_name,
    country_code,
    latitude,
    longitude,
    population,
    population_year,
    target_population,
    customers,
    orders,
    net_revenue_order_basis,
    penetration,
    {{ ratio('1000000 * customers', 'population') }} as customers_per_million,
    100 * penetration / nullif(whole_penetration, 0) as penetration_index,
    100 * penetration_upper / nullif(whole_penetration, 0) as penetration_index_upper,
    profile_share,
    density_index,
    coalesce(density_index - 100 * penetration / nullif(whole_penetration, 0) > 20, false)
        as gap_flag,
    coalesce(
        100 * penetration / nullif(whole_penetration, 0) < 80
        and 100 * penetration_upper / nullif(whole_penetration, 0) < 100
        and population >= {{ var('penetration_min_population') }},
        false
    ) as awareness_flag,
    benchmark_penetration,
    opportunity_customers,
    case
        when opportunity_customers = 0 then 0
        else cast(opportunity_customers * net_revenue_per_customer as decimal(18, 4))
    end as opportunity_revenue,
    top_tier_customers,
    {{ ratio('10000 * top_tier_customers', 'population') }} as top_tier_per_10000
from measured
