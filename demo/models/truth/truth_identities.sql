-- Which accounts are one person, and by what a warehouse can tell.
select
    'c' || customer_no as account_id,
    'c' || customer_no as person_id,
    'itself' as told_by
from {{ ref('gen_customers') }}

union all

select
    'c' || customer_no || 'b',
    'c' || customer_no,
    case duplicate_kind when 'case' then 'email' when 'phone' then 'phone' else 'identity_map' end
from {{ ref('gen_customers') }}
where duplicate_kind is not null
{%- if var('dirt') > 1 %}

union all

-- accounts that only dirt opened
select
    'c' || troubles.customer_no || letters.letter,
    'c' || troubles.customer_no,
    letters.told_by
from {{ ref('dirty_people') }} as troubles
inner join (
    values ('d', 'second_email', 'phone'), ('d', 'chain', 'phone'), ('e', 'chain', 'email')
) as letters (letter, kind, told_by)
    on letters.kind = troubles.kind
{%- endif %}
{%- if var('dirt') > 2 %}

union all

select
    owner_id,
    'c' || order_key // 10000,
    'nothing'
from {{ ref('dirty_orders') }}
where kind = 'relay_customer'
{%- endif %}
