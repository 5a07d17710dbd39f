{{ config(materialized='ephemeral') }}
select code, name, population from {{ ref('countries') }}
