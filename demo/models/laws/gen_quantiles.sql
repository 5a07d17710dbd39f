with points as (

    select * from {{ ref('law_quantiles') }}

)

select
    point,
    ln_gamma_rate,
    ln_beta_dropout,
    ln_gamma_basket,
    ln_gamma_value,
    normal,
    lead(ln_gamma_rate) over points_in_order - ln_gamma_rate as ln_gamma_rate_step,
    lead(ln_beta_dropout) over points_in_order - ln_beta_dropout as ln_beta_dropout_step,
    lead(ln_gamma_basket) over points_in_order - ln_gamma_basket as ln_gamma_basket_step,
    lead(ln_gamma_value) over points_in_order - ln_gamma_value as ln_gamma_value_step,
    lead(normal) over points_in_order - normal as normal_step
from points
window points_in_order as (order by point)
