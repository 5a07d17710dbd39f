-- Who has which trouble with their accounts. `second_email`: another account with another address and
-- the same telephone. `chain`: a third one too, which shares nothing with the first: it has the address of
-- the second in other letters. `email_variant`: the address with capitals or blanks.
with people as (

    select
        customer_no,
        duplicate_kind,
        is_guest,
        is_prospect,
        phone,
        {{ digest('dirty_person', 'customer_no') }} as dirt_digest
    from {{ ref('gen_customers') }}

),

draws as (

    select
        *,
        {{ draw('dirt_digest') }} as kind_draw,
        {{ draw('dirt_digest', 3) }} as form_draw
    from people

),

kinds as (

    select
        customer_no,
        form_draw,
        case
            when kind_draw < 0.04 and duplicate_kind is null then 'email_variant'
            when kind_draw < 0.05 then 'duplicate_customer'
            when {{ var('dirt') }} < 2 or phone is null then null
            when duplicate_kind is not null or is_guest or is_prospect then null
            when kind_draw < 0.10 then 'second_email'
            when kind_draw < 0.15 then 'chain'
        end as kind
    from draws

)

select
    customer_no,
    kind,
    1 + floor(form_draw * 3)::integer as form_no
from kinds
where kind is not null
