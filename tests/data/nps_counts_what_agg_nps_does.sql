-- By every dimension, all answers of the report are those of all months of the table.
{{ config(tags=['agreement']) }}
{% for dimension in ['(all)', 'country', 'rfm_segment', 'channel', 'product_category'] %}
select
    coalesce(report.dimension_value, months.dimension_value) as dimension_value,
    report.answers,
    months.answers as answers_of_months
from {{ function('nps') }}('', '', "by" := '{{ dimension }}') as report
full join (
    select
        dimension_value,
        sum(answers) as answers,
        sum(promoters) as promoters,
        sum(detractors) as detractors
    from {{ ref('agg_nps') }}
    where dimension = '{{ dimension }}'
    group by dimension_value
) as months
    on report.dimension_value = months.dimension_value
where
    report.answers is distinct from months.answers
    or report.promoters is distinct from months.promoters
    or report.detractors is distinct from months.detractors
{{ 'union all' if not loop.last }}
{% endfor %}
