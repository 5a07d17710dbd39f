{% for source in sources_in_use() %}
select
    {{ loop.index }} as position,
    '{{ source.name }}' as source,
    '{{ source.adapter }}' as adapter
{{ 'union all' if not loop.last }}
{% endfor %}
