#!/bin/sh
# Builds the warehouse and mails the report of the last whole month, with its CSV files.
#
#   send-report.sh owner@example.org [language] [period]
#
# Run it in the project's folder. It needs a mailer that knows `sendmail -t`: postfix, exim, msmtp-mta …
set -eu

to=$1
language=${2:-en}
period=${3:-last-month}

# As of today: a month is over when its last day is, orders or not.
runner build --quiet --vars "{as_of: $(date +%F)}"
page=$(runner report --period "$period" --language "$language" --out reports)

boundary="report-$(date +%s)-$$"
attach() {
    printf -- '--%s\nContent-Type: %s; charset=utf-8\nContent-Transfer-Encoding: base64\n' "$boundary" "$1"
    printf 'Content-Disposition: attachment; filename="%s"\n\n' "${2##*/}"
    base64 "$2"
}
{
    printf 'To: %s\nSubject: %s\nMIME-Version: 1.0\n' "$to" "$(basename "$page" .html)"
    printf 'Content-Type: multipart/mixed; boundary="%s"\n\n' "$boundary"
    printf -- '--%s\nContent-Type: text/plain; charset=utf-8\n\n' "$boundary"
    printf 'The report is attached. Save it and open it in a browser.\n\n'
    attach text/html "$page"
    for file in "${page%_*.html}"_*.csv; do attach text/csv "$file"; done
    printf -- '--%s--\n' "$boundary"
} | "${SENDMAIL:-/usr/sbin/sendmail}" -t -i
