"""Numbers, money and days as people write them in a language. Knows nothing of what they mean.

Babel (CLDR) knows how; it is imported when the first number is written. Arabic is written with the
digits 0 to 9, as the CSV files are.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from msgspec import Struct

LATIN = "latn"
DASH = "–"


class Writer(Struct, frozen=True, dict=True):
    """Writes in one language, and money in one currency (ISO 4217)."""

    language: str
    currency: str

    @cached_property
    def _babel(self) -> Any:
        from babel import Locale

        return Locale.parse(self.language)

    def count(self, value: object) -> str:
        """A number of things: `1,234`."""
        return self._decimal(value, "#,##0")

    def ratio(self, value: object) -> str:
        """A number with two digits: `1.27`."""
        return self._decimal(value, "#,##0.00")

    def money(self, value: object, *, cents: bool = True) -> str:
        """An amount with its currency; without cents where it is only an impression."""
        from babel.numbers import format_currency

        if value is None:
            return DASH
        kept = format_currency(
            _exact(value), self.currency, locale=self._babel, numbering_system=LATIN,
            currency_digits=cents, decimal_quantization=True,
            format=None if cents else self._whole_money,
        )  # fmt: skip
        return str(kept)

    @property
    def _whole_money(self) -> str:
        """The language's pattern of money, without its decimals."""
        pattern = str(self._babel.currency_formats["standard"].pattern)
        return pattern.replace("0.00", "0")

    def percent(self, value: object, digits: int = 1) -> str:
        """A share of 0.051 as `5.1%`."""
        from babel.numbers import format_percent

        if value is None:
            return DASH
        pattern = self._babel.percent_formats[None].pattern
        if digits:
            pattern = pattern.replace("#,##0", "#,##0." + "0" * digits)
        return str(
            format_percent(
                _exact(value), format=pattern, locale=self._babel, numbering_system=LATIN
            )
        )

    def signed_percent(self, value: Decimal) -> str:
        """A change of 0.07 as `+7.0%`."""
        return ("+" if value > 0 else "") + self.percent(value)

    def points(self, value: Decimal) -> str:
        """A change of a share of 0.012 as `+1.2`."""
        return ("+" if value > 0 else "") + self._decimal(value * 100, "#,##0.0")

    def day(self, day: date) -> str:
        """`31 December 2025`, in the language's order, to stay on one line of a sentence."""
        return self._date(day, "long").replace(" ", "\u00a0")

    def days(self, first: date, last: date) -> str:
        """`December 1 – 31, 2025`."""
        from babel.dates import format_interval

        if first == last:
            return self.day(first)
        return str(format_interval(first, last, "yMMMMd", locale=self._babel))

    def month(self, day: date) -> str:
        """`December 2025`."""
        from babel.dates import format_skeleton

        return str(format_skeleton("yMMMM", day, locale=self._babel))

    def month_short(self, day: date, *, year: bool) -> str:
        """`Dec`, and below it `2025` where the year is wanted: below a bar."""
        return self._date(day, "LLL\nyyyy" if year else "LLL")

    def day_short(self, day: date) -> str:
        """`Dec` and below it `31`, in the language's order: below a bar."""
        from babel.dates import format_skeleton

        return str(format_skeleton("MMMd", day, locale=self._babel)).replace(" ", "\n", 1)

    def _date(self, day: date, pattern: str) -> str:
        from babel.dates import format_date

        return str(format_date(day, pattern, locale=self._babel))

    def _decimal(self, value: object, pattern: str) -> str:
        from babel.numbers import format_decimal

        if value is None:
            return DASH
        return str(
            format_decimal(
                _exact(value), format=pattern, locale=self._babel, numbering_system=LATIN
            )
        )


def _exact(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))
