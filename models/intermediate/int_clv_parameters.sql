{% if one_of('clv_parameters', var('clv_parameters'), ['seed', 'fit']) == 'fit' %}
with

fits as (

    select * from {{ ref('int_clv_fits') }}

)

select
    period,
    model,
    'fit' as source,
    r,
    alpha,
    a,
    b,
    p,
    q,
    v,
    is_converged,
    cast(fitted_customers as bigint) as fitted_customers,
    message
from fits
{% else %}
with

given as (

    select * from {{ ref('clv_parameters') }}

),

periods as (

    select unnest(['all', 'calibration']) as period

)

select
    periods.period,
    given.model,
    'seed' as source,
    given.r,
    given.alpha,
    given.a,
    given.b,
    given.p,
    given.q,
    given.v,
    cast(null as boolean) as is_converged,
    cast(null as bigint) as fitted_customers,
    cast(null as varchar) as message
from given
cross join periods
{% endif %}
