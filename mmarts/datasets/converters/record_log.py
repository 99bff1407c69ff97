# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a conversion leaves out, and why."""
from collections import Counter

# Records that a report names for each reason; the others are counted.
MAX_EXAMPLES = 20


class RecordLog:
    """Records that did not become rows.

    A record is *skipped* by the rules of its dataset (a crowd, a frame
    without a camera), and *bad* if it should have been readable.

    Args:
        keep_going: Whether a bad record is listed; it is an error otherwise.
        path: Original file that the records are in.
    """

    def __init__(self, keep_going: bool = False, path: str = '') -> None:
        self.keep_going = keep_going
        self.path = path
        self.bad_records: list[str] = []
        self.counts: Counter = Counter()
        self.examples: dict[str, list[str]] = {}

    def skip(self, record: str, reason: str, count: int = 1) -> None:
        """Leave out what the dataset itself says is not to be used.

        Args:
            record: Which one, in words.
            reason: Why; equal reasons are counted together.
            count: Rows that go with it.
        """
        self.counts[reason] += count
        examples = self.examples.setdefault(reason, [])
        if len(examples) < MAX_EXAMPLES:
            examples.append(f'{self.path}, {record}')

    def bad(self, record: str, reason: str) -> None:
        """Leave out a record that is broken.

        Raises:
            BadRecordError: Unless the log keeps going.
        """
        where = ', '.join(text for text in (self.path, record) if text)
        line = ' '.join(f'{where}: {reason}'.split())
        if not self.keep_going:
            raise BadRecordError(line)
        self.bad_records.append(line)

    def to_dict(self) -> dict:
        """As the report holds it."""
        return dict(
            bad=self.bad_records,
            skipped={
                reason: dict(count=count, examples=self.examples[reason])
                for reason, count in self.counts.items()
            })


class BadRecordError(Exception):
    """A broken record whose message names file, record and reason.

    No ``ValueError``: a reader that turns those into bad records would name
    the record twice.
    """


def merge_logs(logs: list[dict]) -> dict:
    """One report entry of many :meth:`RecordLog.to_dict`."""
    bad, skipped = [], {}
    for log in logs:
        bad += log['bad']
        for reason, entry in log['skipped'].items():
            total = skipped.setdefault(reason, dict(count=0, examples=[]))
            total['count'] += entry['count']
            room = MAX_EXAMPLES - len(total['examples'])
            total['examples'] += entry['examples'][:room]
    return dict(bad=bad, skipped=skipped)
