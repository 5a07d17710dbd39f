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
        _file as file,
        coalesce(row_no, _row) as row_no,
        upper(trim(invoice)) as invoice,
        upper(stock_code) as product_id,
        nullif(trim(description), '') as description,
        quantity,
        unit_price,
        {{ product_of('quantity', 'unit_price') }} as line_amount,
        invoice_date as invoiced_at,
        -- Sheets write the number as 13085.0.
        nullif(regexp_replace(trim(customer_id), '\.0$', ''), '') as customer_id,
        trim(country) as country_name
    from source

),

-- UCI's two sheets repeat nine days: an invoice that is in several files is read from the one that
-- has most of it.
invoice_files as (

    select
        source,
        invoice,
        file
    from cleaned_lines
    group by source, invoice, file
    qualify row_number() over (partition by source, invoice order by count(*) desc, file) = 1

),

classified_lines as (

    select
        cleaned_lines.*,
        case
            when starts_with(cleaned_lines.invoice, 'C') then 'refund'
            when starts_with(cleaned_lines.invoice, 'A') then 'adjustment'
            when quantity > 0 and unit_price > 0 then 'sale'
            else 'correction'
        end as line_type
    from cleaned_lines
    inner join invoice_files
        on
            cleaned_lines.source is not distinct from invoice_files.source
            and cleaned_lines.file is not distinct from invoice_files.file
            and cleaned_lines.invoice is not distinct from invoice_files.invoice

)

select
    lines.source,
    lines.file,
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
