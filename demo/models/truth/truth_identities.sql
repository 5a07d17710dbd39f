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
