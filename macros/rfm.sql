{% macro live_rfm_score(relation, measure, value, worst_first) -%}
    {#-
        Score 1 to 5 of a customer of a relation with base_n customers, as fct_rfm_snapshots gives
        it: by rank, by fifths, or by fixed bounds, as rfm_scoring says.
    -#}
    {% if var('rfm_scoring') == 'fixed' -%}
    (
        select max(thresholds.score)
        from {{ ref('rfm_thresholds') }} as thresholds
        where
            thresholds.measure = '{{ measure }}'
            and {{ relation }}.{{ value }} >= coalesce(thresholds.value_from, -99999999999999)
            and {{ relation }}.{{ value }} < coalesce(thresholds.value_to_excl, 99999999999999)
    )
    {%- elif var('rfm_scoring') == 'ntile' -%}
    ntile(5) over (order by {{ worst_first }}, {{ relation }}.customer_id)
    {%- else -%}
    1 + 5 * (rank() over (order by {{ worst_first }}) - 1) // {{ relation }}.base_n
    {%- endif %}
{%- endmacro %}
