-- Who is exported of a segment is in its audience, with the same holdout and the same offer.
{{ config(tags=['agreement']) }}
{% set keys = ['loyal', 'newsletter', 'vip', 'rfm:champions'] %}
{% for key in keys %}
select
    '{{ key }}' as segment_key,
    coalesce(exported.customer_id, listed.customer_id) as customer_id
from {{ function('audience') }}('{{ key }}') as listed
full join (
    select *
    from {{ ref('exp_audiences') }}
    where segment_key = '{{ key }}'
) as exported
    on listed.customer_id = exported.customer_id
where
    listed.customer_id is null
    or (exported.customer_id is not null and listed.is_holdout <> exported.is_holdout)
    or (
        exported.customer_id is not null
        and listed.recommended_product_id is distinct from exported.recommended_product_id
    )
{{ 'union all' if not loop.last }}
{% endfor %}
