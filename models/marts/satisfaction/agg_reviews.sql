with

events as (

    select *
    from {{ ref('int_feedback_events') }}
    where feedback_type = 'review' and is_counted

),

products as (

    select * from {{ ref('dim_products') }}

),

sums as (

    select
        case when grouping(product_id) = 1 then '(all)' else coalesce(product_id, '(unknown)') end
            as product_id,
        count(*) as reviews,
        sum(score) as stars,
        count(*) filter (where score = 1) as reviews_1,
        count(*) filter (where score = 2) as reviews_2,
        count(*) filter (where score = 3) as reviews_3,
        count(*) filter (where score = 4) as reviews_4,
        count(*) filter (where score = 5) as reviews_5,
        count(*) filter (where is_verified) as verified_reviews,
        count(*) filter (where has_text) as reviews_with_text,
        max(event_date) as last_review_date
    from events
    group by grouping sets ((), (product_id))
    having count(*) > 0

),

whole as (

    select
        stars,
        reviews
    from sums
    where product_id = '(all)'

)

select
    sums.product_id,
    products.product_name,
    sums.reviews,
    cast(sums.stars as bigint) as stars,
    {{ ratio('sums.stars', 'sums.reviews') }} as avg_rating,
    -- As if each product had {{ var('review_prior_count') }} more reviews with the mean of all.
    {{ ratio(
        '(sums.stars * whole.reviews + ' ~ var('review_prior_count') ~ ' * whole.stars)',
        '((sums.reviews + ' ~ var('review_prior_count') ~ ') * whole.reviews)',
    ) }} as bayesian_rating,
    sums.reviews_1,
    sums.reviews_2,
    sums.reviews_3,
    sums.reviews_4,
    sums.reviews_5,
    {{ ratio('sums.reviews_5', 'sums.reviews') }} as five_star_share,
    {{ ratio('(sums.reviews_1 + sums.reviews_2)', 'sums.reviews') }} as two_star_or_less_share,
    sums.verified_reviews,
    {{ ratio('sums.verified_reviews', 'sums.reviews') }} as verified_share,
    sums.reviews_with_text,
    sums.last_review_date,
    sums.reviews < {{ var('low_n_threshold') }} as is_low_n
from sums
cross join whole
left join products
    on sums.product_id = products.product_id
