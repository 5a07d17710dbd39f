{% macro normalised_email(email) -%}
    {#-
        An address as it is compared: trimmed, lower-case. With `email_folding` what follows a plus,
        and dots in addresses of Gmail, do not count.
    -#}
    {%- if switched('email_folding', var('email_folding')) -%}
    case
        when regexp_matches(lower(trim({{ email }})), '@(gmail|googlemail)\.com$')
            then
                replace(split_part(split_part(lower(trim({{ email }})), '@', 1), '+', 1), '.', '')
                || '@gmail.com'
        else nullif(regexp_replace(lower(trim({{ email }})), '[+][^@]*@', '@'), '')
    end
    {%- else -%}
    nullif(lower(trim({{ email }})), '')
    {%- endif -%}
{%- endmacro %}


{% macro phone_digits(phone) -%}
    {#- A number as dialled: digits only, 00 in front of a foreign one as +. -#}
    regexp_replace(
        regexp_replace({{ phone }}, '[^0-9+]', '', 'g'), '^00', '+'
    )
{%- endmacro %}


{% macro e164(phone, calling_code, trunk_prefix) -%}
    {#-
        A telephone number as E.164: + and 8 to 15 digits; else null. A number without + is one of
        the country whose calling code is given.
    -#}
    case
        when regexp_full_match({{ phone_digits(phone) }}, '[+][1-9][0-9]{7,14}')
            then {{ phone_digits(phone) }}
        when
            {{ calling_code }} is not null
            and regexp_full_match({{ phone_digits(phone) }}, '[0-9]{5,14}')
            and length({{ calling_code }} || {{ phone_digits(phone) }}) between 8 and 15
            then
                '+' || {{ calling_code }}
                || case
                    when
                        coalesce({{ trunk_prefix }}, '') <> ''
                        and starts_with({{ phone_digits(phone) }}, {{ trunk_prefix }})
                        then substr({{ phone_digits(phone) }}, 1 + length({{ trunk_prefix }}))
                    else {{ phone_digits(phone) }}
                end
    end
{%- endmacro %}


{% macro phone_country(country_code) -%}
    {#- The country whose telephone numbers a customer writes: the customer's, else the shop's. -#}
    {%- if var('phone_country', none) is none -%}
    upper({{ country_code }})
    {%- elif var('phone_country') is not string or var('phone_country') | length != 2 -%}
    {{ refuse_setting('phone_country', var('phone_country'), 'two letters of ISO 3166-1') }}
    {%- else -%}
    upper(coalesce({{ country_code }}, '{{ var("phone_country") }}'))
    {%- endif -%}
{%- endmacro %}


{% macro is_address(email) -%}
    {#- Whether an address can be written to: one @, nothing masked, no blanks or separators. -#}
    coalesce(regexp_full_match(trim({{ email }}), '[^@\s,;*]+@[^@\s,;*]+'), false)
{%- endmacro %}


{% macro known_key(key) -%}
    {#-
        A key as delivered; null where it is blank or spells that there is none, as databases and
        spreadsheets export it: all guests would be one customer.
    -#}
    case
        when upper(trim({{ key }})) not in ('', 'NULL', '\N', 'NONE', 'NAN', 'N/A', '#N/A') then {{ key }}
    end
{%- endmacro %}


{% macro contact_key(email, phone) -%}
    {#- The key of who has no account: md5 of the address, else of the telephone number's digits. -#}
    coalesce(
        md5({{ normalised_email(email) }}),
        md5(nullif({{ phone_digits(phone) }}, ''))
    )
{%- endmacro %}
