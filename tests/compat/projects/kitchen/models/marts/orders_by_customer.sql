select
    customer_id,
    count(*) as order_count,
    {{ sum_by_status('amount') }},
    {{ early([1, 2, 3, 4]) }} as first_big,
    {% call wrapped() %} 1 + 1 {% endcall %} as two,
    {{ helpers.label() }} as label,
    '{{ var("package_only") }}' as package_only,
    '{{ target.name }}/{{ target.schema }}/{{ this.schema }}.{{ this.name }}' as place
from {{ ref('stg_both') }}
group by 1
