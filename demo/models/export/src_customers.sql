{{ config(
    materialized='external',
    location=var('output') ~ '/customers.' ~ var('format'),
    format=var('format'),
    options=file_options(),
) }}

-- Accounts: one for each person, and a second one for a few of them; 'linked' ones are in
-- customer_identities only.
with people as (

    select * from {{ ref('gen_customers') }}

),

referrers as (

    select
        customer_no,
        first_ordered_at
    from people

),

accounts as (

    select
        people.*,
        people.customer_no::bigint as sort_key,
        '' as suffix,
        'c' || people.customer_no as customer_id,
        people.email as account_email,
        people.phone as account_phone,
        false as is_second
    from people

    union all

    select
        people.*,
        people.customer_no,
        'b',
        'c' || people.customer_no || 'b',
        {{ second_email('people') }},
        case when people.duplicate_kind = 'phone' then people.phone end,
        true
    from people
    where people.duplicate_kind in ('case', 'phone')
    {%- if var('dirt') > 1 %}

    union all

    select
        people.*,
        people.customer_no,
        letters.letter,
        'c' || people.customer_no || letters.letter,
        case
            when letters.letter = 'd' then {{ third_email('people') }}
            else ' ' || upper({{ third_email('people') }})
        end,
        case when letters.letter = 'd' then people.phone end,
        true
    from people
    inner join {{ ref('dirty_people') }} as troubles on troubles.customer_no = people.customer_no
    inner join (values ('d', 'second_email'), ('d', 'chain'), ('e', 'chain')) as letters (letter, kind)
        on letters.kind = troubles.kind
    {%- endif %}
    {%- if var('dirt') > 2 %}

    union all

    -- a marketplace hides its buyers: an address and a customer for each order
    select
        people.* replace (
            relayed.ordered_at as first_seen_at,
            true as is_guest,
            null as first_name,
            null as last_name,
            null as birth_year,
            null as gender,
            'none' as email_consent,
            'none' as sms_consent,
            null as loyalty_tier,
            null as loyalty_joined_at,
            relayed.ordered_at as created_at
        ),
        1000000000 + relayed.order_key,
        '',
        relayed.owner_id,
        left(md5('{{ var("seed") }}|relay|' || relayed.order_key), 12) || '@relay.example.org',
        null,
        true
    from {{ ref('dirty_orders') }} as relayed
    inner join people on people.customer_no = relayed.order_key // 10000
    where relayed.kind = 'relay_customer'
    {%- endif %}

),

written as (

    select
        accounts.*,
        {%- if var('dirt') > 0 %}
        unnest(case
            when troubles.kind = 'duplicate_customer' then [1, 2]
            else [1]
        end) as copy_no,
        case
            when troubles.kind is distinct from 'email_variant' or accounts.suffix != ''
                then accounts.account_email
            when troubles.form_no = 1 then upper(accounts.account_email)
            when troubles.form_no = 2 then ' ' || accounts.account_email || '  '
            else accounts.first_name || substr(accounts.account_email, length(accounts.first_name) + 1)
        end as written_email
        {%- else %}
        1 as copy_no,
        accounts.account_email as written_email
        {%- endif %}
    from accounts
    {%- if var('dirt') > 0 %}
    left join {{ ref('dirty_people') }} as troubles
        on troubles.customer_no = accounts.customer_no
        and accounts.suffix = ''
        and accounts.sort_key < 1000000000
    {%- endif %}

)

select
    written.customer_id,
    case
        when written.is_second
            then least(written.created_at + interval 1 hour, written.first_seen_at)
        else written.created_at
    end as created_at,
    md5(lower(trim(written.account_email))) as email_hash,
    written.is_guest,
    written.first_name,
    written.last_name,
    written.city,
    written.region_id,
    written.country_code,
    written.postal_code,
    written.acquisition_channel,
    written.email_consent = 'confirmed' as accepts_marketing,
    written.birth_year,
    written.gender,
    written.written_email as email,
    written.account_phone as phone,
    written.language,
    written.email_consent,
    written.sms_consent,
    {%- if var('until') %}
    case
        when written.loyalty_joined_at < timestamp '{{ var("until") }}' then written.loyalty_tier
    end as loyalty_tier,
    {%- else %}
    written.loyalty_tier,
    {%- endif %}
    {{ seen('written.loyalty_joined_at') }} as loyalty_joined_at,
    case
        when referrers.first_ordered_at < written.first_ordered_at and not written.is_second
            then 'c' || referrers.customer_no
    end as referrer_customer_id
from written
left join referrers on referrers.customer_no = written.referrer_no
where {{ in_window('written.created_at', ['written.loyalty_joined_at']) }}
order by written.sort_key, written.suffix, written.copy_no
