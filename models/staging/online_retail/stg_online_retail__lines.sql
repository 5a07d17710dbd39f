with

source as (

    select * from {{ source('online_retail', 'lines') }}

),

countries as (

    select * from {{ ref('country_names') }}

),

cleaned_lines as (

    select
        _source as source,
        row_no,
        upper(trim(invoice)) as invoice,
        upper(stock_code) as product_id,
        nullif(trim(description), '') as description,
        quantity,
        unit_price,
        {{ product_of('quantity', 'unit_price') }} as line_amount,
        invoice_date as invoiced_at,
        cast(customer_id as varchar) as customer_id,
        trim(country) as country_name
    from source

),

classified_lines as (

    select
        *,
        case
            when starts_with(invoice, 'C') then 'refund'
            when starts_with(invoice, 'A') then 'adjustment'
            when quantity > 0 and unit_price > 0 then 'sale'
            else 'correction'
        end as line_type
    from cleaned_lines

)

select
    lines.source,
    lines.row_no,
    lines.invoice,
    lines.line_type,
    row_number() over (partition by lines.source, lines.invoice, lines.line_type order by lines.row_no)
        as line_no,
    lines.product_id,
    lines.description,
    lines.quantity,
    lines.unit_price,
    lines.line_amount,
    lines.invoiced_at,
    lines.customer_id,
    lines.country_name,
    coalesce(countries.country_code, lines.country_name) as country_code
from classified_lines as lines
left join countries
    on lower(lines.country_name) = countries.country_name
