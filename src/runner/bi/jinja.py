"""The templates of Superset's virtual datasets: what a dashboard's filters become in SQL.

Writes templates, and fills them in as Superset would, so that they can be tried. Opens no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from runner.errors import ProjectError, did_you_mean
from runner.project.dashboards import Dataset, Filter
from runner.project.nodes import literal

DAY = "report_period"
"""The column by which the period reaches a virtual dataset: its last day."""


class Chosen(Struct, frozen=True):
    """What is chosen on a dashboard. period: first and last day, None where it is left open."""

    period: tuple[str | None, str | None] = (None, None)
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Column of a filter → what is chosen in it."""


def preamble(filters: Iterable[Filter], lookups: Mapping[str, str]) -> str:
    """Variables of the template, one for each filter that it uses.

    lookups: filter → the query that says what its choices mean, where that is asked.
    """
    lines = [f"{{%- set {name}_choices -%}}{sql}{{%- endset -%}}" for name, sql in lookups.items()]
    for given in filters:
        name = given.name
        if given.type == "period":
            lines.append(
                f"{{%- set {name} = get_time_filter('{DAY}', strftime='%Y-%m-%d',"
                " remove_filter=True) -%}\n" + _days(given)
            )
            continue
        chosen = f"filter_values('{given.column}', remove_filter=True)"
        if given.value is None:
            lines.append(f"{{%- set {name} = {chosen} -%}}")
        else:
            lines.append(f"{{%- set {name} = [] -%}}{{%- for value in {chosen} -%}}"
                         f"{{%- if {name}.append({given.value}) -%}}{{%- endif -%}}"
                         "{%- endfor -%}")  # fmt: skip
    return "\n".join(lines)


def _days(period: Filter) -> str:
    """The first and the last day, in SQL. Superset's ends are the day after; where none is chosen,
    it is the newest day there is, and the period as long as the filter says."""
    name = period.name
    return (
        f"{{%- set last_day -%}}{{%- if {name}.to_expr -%}}(date '{{{{ {name}.to_expr }}}}' - 1)"
        f"{{%- else -%}}({period.end or 'current_date'} - 1){{%- endif -%}}{{%- endset -%}}\n"
        f"{{%- set first_day -%}}{{%- if {name}.from_expr -%}}date '{{{{ {name}.from_expr }}}}'"
        f"{{%- else -%}}({{{{ last_day }}}} - {period.days - 1}){{%- endif -%}}{{%- endset -%}}"
    )


FIRST_DAY = "{{ first_day }}"
LAST_DAY = "{{ last_day }}"


_COMMA = "\0"
"""Stands before an argument that is not always there."""


def call(
    relation: str, takes: Sequence[str], filters: Sequence[Filter], given: Mapping[str, object]
) -> str:
    """A function called with what is chosen. takes: the names of its arguments.

    given: arguments that are the same whatever is chosen: a text, a number or null.
    """
    arguments = [f"{name} := {_literal(value)}" for name, value in given.items()]
    optional: list[str] = []
    end = LAST_DAY if any(each.type == "period" for each in filters) else "current_date"
    for each in filters:
        if each.type == "period":
            names = [n for n in ("start_date", "end_date") if n in takes and n not in given]
            made = {"start_date": FIRST_DAY, "end_date": LAST_DAY}
            arguments += [f"{name} := {made[name]}" for name in names]
        elif each.choices:
            optional.append(_of_choices(each, takes, end))
        elif each.argument in takes and each.argument not in given:
            meant = f"array_to_string(list_value{{{{ {each.name}|where_in }}}}, ',')"
            if each.sql:
                meant = (
                    f"coalesce((select string_agg(distinct choices.value, ',')"
                    f" from {_looked_up(each)}), '(no such choice)')"
                )
            optional.append(
                f"{{% if {each.name} %}}{_COMMA}{each.argument} := {meant}{{% endif %}}"
            )
    if arguments:
        given_ones = ",\n    ".join(arguments)
        joined = "".join(optional).replace(_COMMA, ",\n    ")
        return f"{relation}(\n    {given_ones}{joined}\n)"
    # Nothing is always given: whoever comes first writes no comma.
    joined = "".join(optional).replace(_COMMA, "{{ comma() }} ")
    return f"{{% set comma = joiner(',') %}}{relation}({joined})"


def _of_choices(each: Filter, takes: Sequence[str], end: str) -> str:
    """What a choice stands for: its arguments, in which {end} is the period's last day."""
    parts = []
    for number, choice in enumerate(each.choices):
        word = "if" if number == 0 else "elif"
        said = "".join(
            f"{_COMMA}{name} := {sql.replace('{end}', end)}"
            for name, sql in choice.arguments.items()
            if name in takes
        )
        label = choice.label.replace("\\", "\\\\").replace("'", "\\'")
        parts.append(f"{{% {word} {each.name} and {each.name}[0] == '{label}' %}}{said}")
    return "".join(parts) + "{% endif %}"


def condition(filters: Iterable[Filter], columns: Mapping[str, str]) -> str:
    """What the filters ask of rows, as one condition. columns: filter → column that it is about."""
    parts = ["true"]
    for each in filters:
        column = columns[each.name]
        if each.type == "period":
            parts.append(f" and {column} between {FIRST_DAY} and {LAST_DAY}")
        else:
            among = f"{{{{ {each.name}|where_in }}}}"
            if each.sql:
                among = f"(select choices.value from {_looked_up(each)})"
            parts.append(f"{{% if {each.name} %}} and {column} in {among}{{% endif %}}")
    return "".join(parts)


def _looked_up(each: Filter) -> str:
    """What follows `from`: the choices that are chosen, each with its `value`."""
    return (
        f"({{{{ {each.name}_choices }}}}) as choices"
        f" where choices.label in {{{{ {each.name}|where_in }}}}"
    )


def label(each: Filter, value: str) -> str:
    """SQL of what a value is called among the choices of a filter. value: SQL."""
    return (
        f"coalesce((select min(choices.label) from ({{{{ {each.name}_choices }}}}) as choices"
        f" where choices.value = {value}), cast({value} as varchar))"
    )


def link(address: str, to: Filter, value: str) -> str:
    """SQL of a column: HTML that opens a dashboard with a value chosen in one of its filters.

    address: of the dashboard. value: SQL. What is chosen stands in the address in rison, Superset's
    notation: in its texts an exclamation mark goes before itself and before a quote.
    """
    text = f"cast({value} as varchar)"
    rison = f"replace(replace({text}, '!', '!!'), '''', '!''')"
    chosen = f"%27' || url_encode({rison}) || '%27"
    id = f"NATIVE_FILTER-{to.name}"
    data = f"(filters:!((col:{to.column},op:IN,val:!({chosen}))))"
    state = f"(id:{id},extraFormData:{data},filterState:(value:!({chosen})))"
    shown = f"replace(replace({text}, '&', '&amp;'), '<', '&lt;')"
    return f"'<a href=\"{address}?native_filters=({id}:{state})\">' || {shown} || '</a>'"


def understood(filters: Mapping[str, Filter], takes: Iterable[str]) -> list[Filter]:
    """The filters that a function understands, by the arguments that it takes.

    The period is among them, too, where a choice is counted from its end.
    """
    found = []
    takes = set(takes)
    from_end = any(
        name in takes and "{end}" in sql
        for each in filters.values()
        for choice in each.choices
        for name, sql in choice.arguments.items()
    )
    for each in filters.values():
        if each.type == "period":
            wanted = {"start_date", "end_date"} if from_end else {"start_date", "end_date"} & takes
        elif each.choices:
            wanted = {name for choice in each.choices for name in choice.arguments} & takes
        else:
            wanted = {each.argument} & takes
        if wanted:
            found.append(each)
    return found


def column_filters(
    dataset: Dataset, filters: Mapping[str, Filter], columns: Iterable[str]
) -> dict[str, str]:
    """Filter → column, of a model: as the dataset says, else the column of the filter's name.

    Raises ProjectError for a filter or a column that does not exist.
    """
    there = set(columns)
    found = {}
    for name, column in dataset.filters.items():
        if name not in filters:
            raise ProjectError(
                f"dataset {dataset.name} names the filter {name!r}, which does not exist",
                at=dataset.places.get("filters", dataset.at), hint=did_you_mean(name, filters),
            )  # fmt: skip
        found[name] = column
    for each in filters.values():
        if each.type == "period" and dataset.period:
            found[each.name] = dataset.period
        elif each.type == "select" and not each.choices and each.column in there:
            found.setdefault(each.name, each.column)
    return found


def filled(template: str, chosen: Chosen) -> str:
    """The template as Superset fills it in. Raises ProjectError when it is no template."""
    from jinja2 import TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment()
    environment.filters["where_in"] = lambda values: (
        "(" + ", ".join(literal(str(value)) for value in values) + ")"
    )

    def get_time_filter(column: str, strftime: str, remove_filter: bool) -> dict[str, str | None]:
        return {"from_expr": chosen.period[0], "to_expr": chosen.period[1]}

    def filter_values(column: str, remove_filter: bool = False) -> list[str]:
        return list(chosen.values.get(column, ()))

    try:
        return environment.from_string(template).render(
            get_time_filter=get_time_filter, filter_values=filter_values
        )
    except TemplateError as error:
        raise ProjectError(f"not a template: {error}") from None


def _literal(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else literal(str(value))
