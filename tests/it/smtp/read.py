"""Reads mails as a mail program does: one JSON object for each NNNNN.eml of FOLDER, in order."""

import email
import email.policy
import html.parser
import json
import sys
from pathlib import Path

import icalendar


class Words(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.said, self.shown = [], False

    def handle_starttag(self, tag, attrs):
        self.shown = self.shown or tag == "body"

    def handle_data(self, data):
        if self.shown:
            self.said += data.split()


def dates(part):
    """What a calendar understands of the dates beside a letter."""
    if part is None:
        return None
    calendar = icalendar.Calendar.from_ical(part.get_content())
    events = calendar.walk("VEVENT")
    problems = [str(error) for event in [calendar, *events] for error in event.errors]
    assert part.get_param("method") == calendar["METHOD"] == "PUBLISH" and not problems, problems
    return [
        {"uid": event["UID"], "at": event.decoded("DTSTART").isoformat(), "said": event["SUMMARY"], "seq": event["SEQUENCE"]}
        for event in events
    ]


def read(path):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    parts = {part.get_content_type(): part for part in mail.walk() if not part.is_multipart()}
    words = Words()
    words.feed(parts["text/html"].get_content())
    text = parts["text/plain"].get_content().replace("\r\n", "\n")
    return {
        "headers": {name: str(value) for name, value in mail.items()},
        "text": text,
        "text_words": [word for word in text.split() if word not in ("-", ">")],
        "html_words": words.said,
        "calendar": dates(parts.get("text/calendar")),
        "defects": [str(defect) for part in mail.walk() for defect in part.defects],
        "size": path.stat().st_size,
    }


for path in sorted(Path(sys.argv[1]).glob("*.eml")):
    print(json.dumps(read(path)))
