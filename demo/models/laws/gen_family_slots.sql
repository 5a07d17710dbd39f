-- What a line is of, by taste: group 0 has no favourite category; group c puts 60 % of the lines
-- into category c.
with families as (

    select
        families.family_no,
        categories.category_no,
        categories.weight
        / families.popularity_rank ** 0.9
        / sum(1 / families.popularity_rank ** 0.9) over (partition by categories.category_no) as weight
    from {{ ref('law_families') }} as families
    inner join {{ ref('law_categories') }} as categories on families.category = categories.category

),

tastes as (

    select
        taste.taste,
        families.family_no,
        case
            when taste.taste = 0 then families.weight
            when taste.taste = families.category_no
                then 0.4 * families.weight
                    + 0.6 * 100 * families.weight
                    / sum(families.weight) over (partition by taste.taste, families.category_no)
            else 0.4 * families.weight
        end as weight
    from families
    cross join (select range as taste from range(7)) as taste

)

{{ slots('tastes', 'family_no', 'weight', 2048, groups='taste') }}
