{% macro product_of(quantity, unit_amount) -%}
    {#-
        Money for a quantity. The product of two DECIMAL(18, 4) keeps 18 digits and overflows from
        10 billion on, so large factors are multiplied in 38 digits, which is many times slower.
    -#}
    case
        when abs({{ quantity }}) < 100000 and abs({{ unit_amount }}) < 90000
            then cast({{ quantity }} * {{ unit_amount }} as decimal(18, 4))
        else cast(cast({{ quantity }} as decimal(38, 4)) * {{ unit_amount }} as decimal(18, 4))
    end
{%- endmacro %}


{% macro at_rate(amount, rate) -%}
    {#-
        An amount in the reporting currency; null where the rate is missing. A product of at most 18
        digits is one machine number; in 38 digits the division that rounds it costs a hundred times
        as much, so only what does not fit takes that way. Both round alike.
    -#}
    case
        when {{ rate }} = 1 then cast({{ amount }} as decimal(18, 4))
        when {{ rate }} < 1 and abs({{ amount }}) < 1000000
            then cast(
                cast({{ amount }} as decimal(10, 4)) * cast({{ rate }} as decimal(8, 8))
                as decimal(18, 4)
            )
        when {{ rate }} < 100 and abs({{ amount }}) < 10000
            then cast(
                cast({{ amount }} as decimal(8, 4)) * cast({{ rate }} as decimal(10, 8))
                as decimal(18, 4)
            )
        else cast(cast({{ amount }} as decimal(38, 4)) * {{ rate }} as decimal(18, 4))
    end
{%- endmacro %}


{% macro at_rate_in_series(amount, running_amount, rate) -%}
    {#-
        One amount of a series, in the reporting currency. The running total is converted and the
        step taken from it, so any split of an amount (lines of an order, partial refunds) sums to
        the converted whole: a full refund leaves exactly 0.
    -#}
    {{ at_rate(running_amount, rate) }}
    - {{ at_rate('(' ~ running_amount ~ ' - ' ~ amount ~ ')', rate) }}
{%- endmacro %}


{% macro part_of(amount, part, whole) -%}
    {#- An amount in the proportion of a part to its whole, rounded towards 0; computed in integers. -#}
    cast(
        cast({{ amount }} * 10000 as hugeint) * cast({{ part }} * 10000 as hugeint)
        // cast({{ whole }} * 10000 as hugeint) * 0.0001 as decimal(18, 4)
    )
{%- endmacro %}


{% macro equal_share(amount, number, count) -%}
    {#- One of so many equal shares of an amount, in cents; the first has what is left over. -#}
    cast(
        case
            when {{ number }} = 1
                then {{ amount }} - 0.01 * ({{ count }} - 1)
                    * (cast(floor({{ amount }} * 100) as bigint) // {{ count }})
            else 0.01 * (cast(floor({{ amount }} * 100) as bigint) // {{ count }})
        end as decimal(18, 4)
    )
{%- endmacro %}
