with

source as (

    select * from {{ source('online_retail', 'lines') }}

),

countries as (

    select * from {{ ref('country_names') }}

),

-- UCI's sheet and copies of it name the same columns differently.
named_lines as (

    select
        *,
        coalesce(unit_price, "Price", "UnitPrice") as price_of_unit,
        coalesce(invoice_date, "InvoiceDate") as invoiced_at,
        coalesce(
            cast(customer_id as varchar),
            regexp_replace(coalesce("Customer ID", "CustomerID"), '\.0$', '')
        ) as customer_key
    from source

),

cleaned_lines as (

    select
        _source as source,
        coalesce(row_no, _row) as row_no,
        upper(trim(coalesce(invoice, "InvoiceNo"))) as invoice,
        upper(coalesce(stock_code, "StockCode")) as product_id,
        nullif(trim(description), '') as description,
        quantity,
        price_of_unit as unit_price,
        {{ product_of('quantity', 'price_of_unit') }} as line_amount,
        invoiced_at,
        customer_key as customer_id,
        trim(country) as country_name
    from named_lines

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
