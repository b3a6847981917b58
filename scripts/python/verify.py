"""Verifies an export of the record without Proviso: its tree with pymerkle, its signatures with cryptography,
and each exception's events in their order. Usage: verify.py EXPORT KEY [CHECKPOINT]"""

import base64
import hashlib
import hmac
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymerkle import InmemoryTree

ED25519 = 1


class Key:
    """A verifier key (C2SP signed-note): name+id+base64(type || public key)."""

    def __init__(self, text):
        self.name, identity, public = text.strip().split("+", 2)
        public = base64.b64decode(public, validate=True)
        self.identity = hashlib.sha256(self.name.encode() + b"\n" + public).digest()[:4]
        assert self.identity.hex() == identity and public[0] == ED25519, "the key is not what its id says"
        self.public = Ed25519PublicKey.from_public_bytes(public[1:])

    def text(self, note):
        """What a signed note says; raises unless this key signed exactly that."""
        text, signatures = note.rsplit("\n\n", 1)
        signed = (text + "\n").encode()
        for line in signatures.splitlines():
            dash, name, signature = line.split(" ")
            signature = base64.b64decode(signature, validate=True)
            if (dash, name, signature[:4]) == ("\u2014", self.name, self.identity):
                self.public.verify(signature[4:], signed)
                return text + "\n"
        raise ValueError("no signature of this key")

    def head(self, note):
        """The size and the root of a checkpoint (C2SP tlog-checkpoint)."""
        origin, size, root = self.text(note).splitlines()
        assert origin == self.name, "a checkpoint of another ledger"
        return int(size), base64.b64decode(root, validate=True)


def leaf(line, place):
    """The exact bytes of a leaf, which stand between `"body":` and the last brace."""
    head = f'{{"leaf":{place},"body":'.encode()
    assert line.startswith(head) and line.endswith(b"}"), f"leaf {place} is not where it belongs"
    return line[len(head):-1]


class Export:
    """An export on its way through."""

    def __init__(self, key):
        self.key, self.tree, self.size = key, InmemoryTree(algorithm="sha256"), 0
        self.signed = self.checkpoints = 0
        self.events, self.rows = {}, {}
        self.digest, self.lines, self.sealed = hashlib.sha256(), 0, False

    def take(self, line):
        """Takes one line, without its end."""
        assert not self.sealed, "something stands behind the seal"
        if line.startswith(b'{"leaf"'):
            self.leaf(leaf(line, self.size))
        else:
            (kind, what), = json.loads(line).items()
            getattr(self, kind)(what)
        self.digest.update(line + b"\n")
        self.lines += 1

    def leaf(self, body):
        self.tree.append_entry(body)
        self.size += 1
        told = json.loads(body)
        subject = told["subject"] if isinstance(told["subject"], str) else told["subject"]["exception"]
        assert told["seq"] == self.events.get(subject, 0) + 1, f"{subject} has a gap before leaf {self.size - 1}"
        self.events[subject] = told["seq"]

    def export(self, heading):
        assert heading["version"] == 1 and heading["origin"] == self.key.name
        self.heading = heading

    def procedure(self, _):
        pass

    def opening(self, opened):
        message = b"proviso/v1\0" + opened["field"].encode() + b"\0" + opened["value"].encode()
        assert hmac.digest(bytes.fromhex(opened["salt"]), message, "sha256").hex() == opened["c"], "an opening"

    def checkpoint(self, note):
        assert self.key.head(note) == (self.size, self.tree.get_root()), f"the checkpoint of size {self.size}"
        self.signed = self.size
        self.checkpoints += 1

    def row(self, row):
        if row["table"] == "exceptions":
            columns = row["columns"]
            assert columns["seq"] == self.events[columns["id"]], f"{columns['number']} has another number of events"
            self.rows[columns["id"]] = columns["state"]

    def seal(self, note):
        expected = f"{self.key.name} export\n{self.lines}\n{self.digest.hexdigest()}\n"
        assert self.key.text(note) == expected, "the seal is not over exactly these lines"
        self.sealed = True

    def finish(self):
        assert self.sealed and self.heading["leaves"] == self.signed == self.size, "the export is cut off"
        assert len(self.rows) == len(self.events) - 1, "a row is missing"


def main(export, key, checkpoint=None):
    with open(key, encoding="utf-8") as file:
        found = Export(Key(file.readline()))
    known = None
    if checkpoint:
        with open(checkpoint, encoding="utf-8") as file:
            known = found.key.head(file.read())
    with open(export, "rb") as lines:
        for line in lines:
            found.take(line.removesuffix(b"\n"))
            if known and line.startswith(b'{"leaf"') and found.size == known[0]:
                assert found.tree.get_root() == known[1], "not the record of the checkpoint from elsewhere"
    found.finish()
    assert not known or known[0] <= found.size, "the export ends before the checkpoint from elsewhere"
    print(f"{found.size} leaves, {found.checkpoints} checkpoints, {len(found.rows)} exceptions: verified")


if __name__ == "__main__":
    main(*sys.argv[1:])
