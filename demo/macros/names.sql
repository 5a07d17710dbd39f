{#- A folder's schema is its own name here (main, law, truth), without the target's in front. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name if custom_schema_name is not none else target.schema }}
{%- endmacro %}

{#- Invented people: 64 first names, 8,192 last names put together from syllables. -#}
{% macro first_name(u) -%}
    ([
        'Ada', 'Anka', 'Bela', 'Borna', 'Brisa', 'Calin', 'Cora', 'Dalia',
        'Davi', 'Dorin', 'Edita', 'Elan', 'Emine', 'Enzo', 'Fabia', 'Filo',
        'Gala', 'Goran', 'Hana', 'Hedda', 'Ilka', 'Ines', 'Ivo', 'Jana',
        'Jaro', 'Joana', 'Kaia', 'Kiril', 'Lana', 'Lev', 'Lidia', 'Lorin',
        'Maja', 'Marek', 'Mila', 'Mirel', 'Nadia', 'Nelo', 'Nina', 'Noam',
        'Odeta', 'Olin', 'Ora', 'Pavo', 'Petra', 'Quim', 'Rada', 'Remi',
        'Rita', 'Roan', 'Sanda', 'Silvo', 'Sora', 'Tadeo', 'Tamar', 'Tiago',
        'Una', 'Valko', 'Vera', 'Vito', 'Wanda', 'Xana', 'Yara', 'Zoran'
    ])[1 + floor({{ u }} * 64)::integer]
{%- endmacro %}

{% macro last_name(u) -%}
    ([
        'Al', 'Bar', 'Bren', 'Cal', 'Cor', 'Dal', 'Dor', 'El',
        'Fal', 'Fen', 'Gar', 'Gol', 'Hal', 'Har', 'Jar', 'Kal',
        'Kor', 'Lan', 'Lor', 'Mal', 'Mar', 'Nor', 'Or', 'Pel',
        'Qual', 'Ros', 'Sal', 'Tal', 'Tor', 'Val', 'Wen', 'Zal'
    ])[1 + floor({{ u }} * 32)::integer]
    || ([
        'a', 'e', 'i', 'o', 'u', 'ad', 'el', 'in',
        'or', 'um', 'as', 'en', 'is', 'ov', 'ur', 'an'
    ])[1 + floor({{ u }} * 32 % 1 * 16)::integer]
    || ([
        'bec', 'croft', 'dane', 'dov', 'escu', 'field', 'inho', 'kar',
        'leta', 'mund', 'nik', 'oro', 'pestre', 'quist', 'reva', 'ska'
    ])[1 + floor({{ u }} * 512 % 1 * 16)::integer]
{%- endmacro %}

{#- Numbers 555-0100 to 555-0199 of any North American area are reserved for fiction: 80,000 of them,
    so only every third of the first 240,000 people has a telephone. -#}
{% macro phone(customer_no) -%}
    case
        when {{ customer_no }} < 240000
            then '+1' || (200 + {{ customer_no }} // 300) || '55501'
                || lpad(({{ customer_no }} // 3 % 100)::varchar, 2, '0')
    end
{%- endmacro %}
