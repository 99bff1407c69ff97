# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The report of a conversion as a table."""
from rich.table import Table


def split_table(report: dict) -> Table:
    """Splits with their rows, and what was left out of each and why.

    Args:
        report: Of :func:`~.convert.convert_dataset`.
    """
    table = Table(title='Converted splits')
    for column in ('split', 'rows', 'tracks', 'bad', 'left out', 'result'):
        table.add_column(
            column,
            justify='left' if column in ('split', 'left out',
                                         'result') else 'right')
    for split, entry in report['splits'].items():
        reasons = [
            f'{skipped["count"]:,} {reason}'
            for reason, skipped in entry['skipped'].items()
        ]
        table.add_row(split, f'{entry["rows"]:,}', f'{entry["tracks"]:,}',
                      str(len(entry['bad'])), '; '.join(reasons) or 'nothing',
                      'was done' if split in report['done'] else 'converted')
    return table
