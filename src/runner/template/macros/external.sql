{#- Models kept in files. -#}

{% macro register_upstream_external_models() -%}
    {#- For `on-run-start`: views of files that models of this run read and it does not write. -#}
    {%- for id in selected_resources or [] if execute and id in graph.nodes -%}
        {%- for parent in graph.nodes[id].depends_on.nodes if parent not in selected_resources -%}
            {%- set node = graph.nodes.get(parent) -%}
            {%- if node and node.config.materialized == 'external' -%}
                {%- do dbt.register_external_model(node) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}

{% macro register_external_model(node) -%}
    {%- set relation = api.Relation.create(
        database=node.database, schema=node.schema, identifier=node.alias
    ) -%}
    {%- set kind = node.config.format or 'parquet' -%}
    {%- set usual = adapter.external_root() ~ '/' ~ node.alias ~ '.' ~ kind -%}
    {%- set location = node.config.location or usual -%}
    {%- set files = "'" ~ dbt.escape_single_quotes(location) ~ "'" -%}
    {%- if run_query('select count(*) from glob(' ~ files ~ ')').rows[0][0] > 0
            and adapter.get_relation(node.database, node.schema, node.alias) is none -%}
        {%- do adapter.create_schema(relation) -%}
        {%- do adapter.execute('create view ' ~ relation ~ ' as select * from ' ~ files) -%}
    {%- endif -%}
{%- endmacro %}
