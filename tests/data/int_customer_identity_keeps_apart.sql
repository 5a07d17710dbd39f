-- Who is to be kept apart is apart: a third account that ties them needs a row of its own.
select
    overrides.customer_id,
    overrides.other_customer_id,
    persons.customer_id as person_id
from {{ ref('customer_merge_overrides') }} as overrides
inner join {{ ref('int_customer_identity') }} as persons
    on overrides.customer_id = persons.source_customer_id
inner join {{ ref('int_customer_identity') }} as other_persons
    on overrides.other_customer_id = other_persons.source_customer_id
where
    overrides.action = 'keep_apart'
    and persons.customer_id = other_persons.customer_id
