-- Families whose price is cut by a fifth for a month.
with months as (

    select distinct date_trunc('month', day)::date as month
    from {{ ref('gen_days') }}

),

chances as (

    select
        families.family_no,
        months.month,
        {{ digest('markdown', 'families.family_no', "strftime(months.month, '%Y-%m')") }}
        as markdown_digest
    from {{ ref('law_families') }} as families
    cross join months

)

select
    family_no,
    month
from chances
where {{ draw('markdown_digest') }} < 0.08
