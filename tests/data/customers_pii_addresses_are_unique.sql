-- Trap 1: no two customers have the same address, unless it is nobody's own or they are kept apart.
with

contacts as (

    select contacts.*
    from {{ ref('int_customer_contacts') }} as contacts
    left join {{ ref('customer_merge_overrides') }} as overrides
        on
            overrides.action = 'keep_apart'
            and contacts.account_id in (overrides.customer_id, overrides.other_customer_id)
    where contacts.is_personal and overrides.customer_id is null

)

select
    contacts.kind,
    contacts.contact_key
from contacts
inner join {{ ref('int_customer_identity') }} as identities
    on contacts.account_id = identities.source_customer_id
group by contacts.kind, contacts.contact_key
having count(distinct identities.customer_id) > 1
