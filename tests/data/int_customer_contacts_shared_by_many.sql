{{ config(severity='warn') }}
-- Trap 3: an address or number of more than identity_max_names different people. It joined nobody;
-- tell the shop, whose own it may be.
select
    kind,
    contact_key,
    count(*) as accounts
from {{ ref('int_customer_contacts') }}
where problem = 'shared'
group by kind, contact_key
