-- What a shop knows of each person; one row a person.
with buyers as (

    select
        customer_no,
        acquisition_channel,
        is_prospect,
        is_guest,
        email_consent,
        sms_consent,
        joined_at_second,
        region_id,
        city_draw,
        loyalty_draw,
        {{ digest('name', 'customer_no') }} as name_digest,
        {{ digest('account', 'customer_no') }} as account_digest
    from {{ ref('gen_buyers') }}

),

draws as (

    select
        customer_no,
        acquisition_channel,
        is_prospect,
        is_guest,
        email_consent,
        sms_consent,
        joined_at_second,
        region_id,
        city_draw,
        loyalty_draw,
        {{ draw('name_digest') }} as first_name_draw,
        {{ draw('name_digest', 2) }} as last_name_draw,
        {{ draw('name_digest', 3) }} as birth_draw,
        {{ draw('account_digest') }} as account_draw,
        {{ draw('account_digest', 2) }} as duplicate_draw,
        {{ draw('account_digest', 3) }} as referrer_draw
    from buyers

),

first_orders as (

    select
        customer_no,
        min(ordered_at) as first_ordered_at,
        count(*) as order_count
    from {{ ref('gen_occasions') }}
    group by customer_no

),

arrivals as (

    select
        draws.*,
        first_orders.first_ordered_at,
        coalesce(first_orders.order_count, 0) as order_count,
        coalesce(
            first_orders.first_ordered_at,
            {{ calendar_time('clock', 'draws.joined_at_second') }}
        ) as first_seen_at
    from draws
    inner join {{ ref('gen_clock') }} as clock
        on clock.point = (draws.joined_at_second // 3600)::integer
    left join first_orders on first_orders.customer_no = draws.customer_no

),

people as (

    select
        draws.customer_no,
        draws.acquisition_channel,
        draws.is_prospect,
        draws.is_guest,
        draws.first_ordered_at,
        draws.first_seen_at,
        -- most accounts are opened on the way to the first order, some weeks before
        draws.first_seen_at - to_seconds(case
            when draws.account_draw * 100 % 1 < 0.75 then 60 + floor(draws.account_draw * 10000 % 1 * 900)
            else floor(draws.account_draw * 10000 % 1 * 30 * 86400)
        end::bigint) as created_at,
        draws.order_count,
        regions.region_id,
        regions.country_code,
        case
            when draws.city_draw < 0.6 then regions.city_1
            when draws.city_draw < 0.85 then regions.city_2
            else regions.city_3
        end as city,
        regions.postal_prefix
        || lpad(floor(draws.city_draw * 1000 % 1 * 10000)::integer::varchar, 4, '0') as postal_code,
        countries.language,
        countries.currency,
        {{ first_name('draws.first_name_draw') }} as first_name,
        {{ last_name('draws.last_name_draw') }} as last_name,
        case
            when draws.first_name_draw * 4096 % 1 < 0.53 then 'female'
            when draws.first_name_draw * 4096 % 1 < 0.95 then 'male'
        end as gender,
        -- 18 to 80, most of them between 28 and 50
        case
            when draws.birth_draw >= 0.08
                then 2006 - floor(62 * ((draws.birth_draw - 0.08) / 0.92) ** 1.4)::integer
        end as birth_year,
        draws.email_consent,
        draws.sms_consent,
        draws.loyalty_draw,
        case
            when draws.duplicate_draw < 0.006 then 'case'
            when draws.duplicate_draw < 0.018 and draws.customer_no % 3 = 1 then 'phone'
            when draws.duplicate_draw < 0.018 then 'linked'
        end as duplicate_kind,
        draws.referrer_draw
    from arrivals as draws
    inner join {{ ref('law_regions') }} as regions on regions.region_id = draws.region_id
    inner join {{ ref('law_countries') }} as countries
        on countries.country_code = regions.country_code

)

select
    people.customer_no,
    people.acquisition_channel,
    people.is_prospect,
    people.is_guest,
    people.first_ordered_at,
    people.first_seen_at,
    greatest(people.created_at, timestamp '{{ var("start_date") }}') as created_at,
    people.region_id,
    people.country_code,
    people.city,
    people.postal_code,
    people.language,
    people.currency,
    people.first_name,
    people.last_name,
    lower(people.first_name) || '.' || lower(people.last_name) || people.customer_no
    || case when people.customer_no % 3 = 0 then '@example.org' else '@example.com' end as email,
    case
        when people.customer_no % 3 = 1 then {{ phone('people.customer_no') }}
    end as phone,
    people.gender,
    people.birth_year,
    people.email_consent,
    people.sms_consent,
    case
        when people.is_guest or people.loyalty_draw >= 0.28 then null
        when people.order_count >= 8 then 'gold'
        when people.order_count >= 3 then 'silver'
        else 'bronze'
    end as loyalty_tier,
    case
        when people.is_guest or people.loyalty_draw >= 0.28 then null
        else least(
            people.first_seen_at + to_days(floor(people.loyalty_draw / 0.28 * 60)::integer),
            {{ end_of_time() }} - interval 1 hour
        )
    end as loyalty_joined_at,
    case
        when not people.is_guest and not people.is_prospect then people.duplicate_kind
    end as duplicate_kind,
    case
        when people.acquisition_channel = 'referral' and people.customer_no > 1
            then 1 + floor(people.referrer_draw * (people.customer_no - 1))::integer
    end as referrer_no
from people
