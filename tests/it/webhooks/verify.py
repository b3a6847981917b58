"""Verifies messages as a receiver would: the first argument is a secret, standard input has one message a line."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

receiver = Webhook(sys.argv[1])
for line in sys.stdin:
    message = json.loads(line)
    receiver.verify(message["body"], message["headers"])
    try:
        receiver.verify(message["body"] + " ", message["headers"])
    except WebhookVerificationError:
        print(json.loads(message["body"])["type"])
    else:
        sys.exit("a changed body was believed")
