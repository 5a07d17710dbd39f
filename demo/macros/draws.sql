{#- One draw is a number in (0, 1) that depends on seed, stream, entity and k alone. An md5 gives two of
    52 bits (first 13 hex digits, next 13) and one of 24 bits (last 6). -#}
{% macro digest(stream, entity, k=0) -%}
    md5('{{ var("seed") }}|{{ stream }}|' || {{ entity }} || '|' || {{ k }})
{%- endmacro %}

{% macro draw(digest, part=1) -%}
    {%- if part == 3 -%}
    (('0x' || substr({{ digest }}, 27, 6))::bigint::double + 0.5::double) / 16777216
    {%- else -%}
    (('0x' || substr({{ digest }}, {{ 13 * part - 12 }}, 13))::bigint::double + 0.5::double) / 4503599627370496
    {%- endif -%}
{%- endmacro %}

{#- Place of a draw in the committed quantile table: 1,281 points, evenly spaced in ln(u / (1 - u)). -#}
{% macro quantile_place(u) -%}
    greatest(0, least(1279.999999, (ln({{ u }} / (1 - {{ u }})) + 20) * 32))
{%- endmacro %}

{#- Value of a law at such a place, between the two points around it. -#}
{% macro quantile(table, law, place) -%}
    ({{ table }}.{{ law }} + {{ table }}.{{ law }}_step * ({{ place }} - floor({{ place }})))
{%- endmacro %}

{#- Shares as a table of equal slots, so that a draw finds its value by an equal join:
    rows of `relation` take slots in the proportion of `weight`, in the order of `key`. -#}
{% macro slots(relation, key, weight, size, groups='0') -%}
select
    bounds.slot_group,
    slots.slot,
    bounds.{{ key }}
from (
    select
        slot_group,
        {{ key }},
        coalesce(lag(upper_share) over keys, 0) as lower_share,
        upper_share
    from (
        select
            {{ groups }} as slot_group,
            {{ key }},
            round(
                {{ size }} * sum({{ weight }}) over (partition by {{ groups }} order by {{ key }})
                / sum({{ weight }}) over (partition by {{ groups }})
            ) as upper_share
        from {{ relation }}
    )
    window keys as (partition by slot_group order by {{ key }})
) as bounds
inner join (select range::integer as slot from range({{ size }})) as slots
    on slots.slot >= bounds.lower_share
    and slots.slot < bounds.upper_share
{%- endmacro %}
