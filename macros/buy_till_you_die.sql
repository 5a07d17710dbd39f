{#-
    BG/NBD and MBG/NBD in one: the modified model lets a customer leave after the first purchase as
    well, which is the plain model with b + 1 in place of b, except in the constants of the
    likelihood. x repeat purchases, the last after t_x weeks of t.
    Fader, Hardie and Lee (2005); Batislam, Denizel and Filiztekin (2007).
-#}

{% macro btyd_shift(model) -%}
    case when {{ model }} = 'mbg_nbd' then 1 else 0 end
{%- endmacro %}


{% macro btyd_log_odds_left(model, r, alpha, a, b, x, t_x, t) -%}
    {#- Logarithm of the odds that the customer has left; -1000 where the model knows nobody who has. -#}
    case
        when {{ model }} = 'bg_nbd' and {{ x }} = 0 then -1000
        else
            ln({{ a }} / greatest({{ b }} + {{ btyd_shift(model) }} + {{ x }} - 1, 1e-300))
            + ({{ r }} + {{ x }}) * ln(({{ alpha }} + {{ t }}) / ({{ alpha }} + {{ t_x }}))
    end
{%- endmacro %}


{% macro btyd_log_likelihood(model, r, alpha, a, b, x, t, log_odds_left) -%}
    lgamma({{ r }} + {{ x }}) - lgamma({{ r }}) + {{ r }} * ln({{ alpha }})
    + lgamma({{ a }} + {{ b }}) - lgamma({{ b }})
    + lgamma({{ b }} + {{ btyd_shift(model) }} + {{ x }})
    - lgamma({{ a }} + {{ b }} + {{ btyd_shift(model) }} + {{ x }})
    - ({{ r }} + {{ x }}) * ln({{ alpha }} + {{ t }})
    + greatest({{ log_odds_left }}, 0) + ln(1 + exp(-abs({{ log_odds_left }})))
{%- endmacro %}


{% macro gamma_gamma_log_likelihood(p, q, v, x, m) -%}
    lgamma({{ p }} * {{ x }} + {{ q }}) - lgamma({{ p }} * {{ x }}) - lgamma({{ q }})
    + {{ q }} * ln({{ v }})
    + ({{ p }} * {{ x }} - 1) * ln({{ m }}) + {{ p }} * {{ x }} * ln({{ x }})
    - ({{ p }} * {{ x }} + {{ q }}) * ln({{ x }} * {{ m }} + {{ v }})
{%- endmacro %}


{% macro gamma_gamma_mean(p, q, v, x, revenue) -%}
    {#- Expected value of a purchase of who came back x times and brought that revenue then; of the
        population where nothing is known. Null where it is infinite. -#}
    case
        when {{ x }} > 0 and {{ revenue }} > 0
            then
                case
                    when {{ p }} * {{ x }} + {{ q }} > 1
                        then
                            {{ p }} * ({{ v }} + cast({{ revenue }} as double))
                            / ({{ p }} * {{ x }} + {{ q }} - 1)
                end
        when {{ q }} > 1 then {{ p }} * {{ v }} / ({{ q }} - 1)
    end
{%- endmacro %}
