def model(dbt, session):
    dbt.config(materialized="table", factor=3)
    orders = dbt.ref("stg_orders")
    return orders.filter("amount > 8").project(
        f"order_id, amount * {dbt.config.get('factor')} as tripled"
    )
