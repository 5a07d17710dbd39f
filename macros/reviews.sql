{% macro identified_reviews(reviews) -%}
    {#-
        The rows of a CTE of reviews, each with its feedback_id. A review may come once for each
        order that it is about: of rows that repeat all three keys the latest counts. Without an id
        no row repeats another: what it says of whom and when stands for the id, and rows that agree
        are numbered by their words.
    -#}
    with

    named_reviews as (

        select *
        from {{ reviews }}
        where review_id is not null

    ),

    distinct_reviews as (

        {{ one_row_per_key(
            'named_reviews',
            ['review_id', 'order_id', 'product_id'],
            ['created_at desc nulls last', 'score nulls last', 'customer_id'],
        ) }}

    ),

    described_reviews as (

        select
            *,
            concat_ws(
                ':',
                'review:',
                coalesce(order_id, ''),
                coalesce(product_id, ''),
                coalesce(customer_id, ''),
                coalesce(cast(created_at as varchar), ''),
                coalesce(cast(score as varchar), '')
            ) as description
        from {{ reviews }}
        where review_id is null

    )

    select
        *,
        concat_ws(':', 'review', review_id, order_id, product_id) as feedback_id
    from distinct_reviews
    union all
    select
        * exclude (description),
        description || ':' || row_number() over (
            partition by description
            order by
                body,
                title,
                is_verified,
                source,
                order_id,
                product_id,
                customer_id,
                created_at,
                score
        ) as feedback_id
    from described_reviews
{%- endmacro %}
