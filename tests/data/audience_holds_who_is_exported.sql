-- Who is exported of a segment is in its audience, with the same holdout and the same offer: the first and the
-- last of each kind, since which there are is the owner's choice.
{{ config(tags=['agreement']) }}
{% for kind in ['own', 'rfm', 'value_tier'] %}
{% for pick in ['min', 'max'] %}
{% set key %}(select {{ pick }}(segment_key) from {{ ref('dim_segments') }} where kind = '{{ kind }}'){% endset %}
select
    '{{ kind }}' as kind,
    coalesce(exported.customer_id, listed.customer_id) as customer_id
from {{ function('audience') }}({{ key }}) as listed
full join (
    select *
    from {{ ref('exp_audiences') }}
    where segment_key = {{ key }}
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
{{ 'union all' if not loop.last }}
{% endfor %}
