package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "proviso.example.org/ledger"

// Leaves of the export, and behind how many of them a checkpoint stands.
const leaves = 12

var signedAt = map[int64]bool{3: true, 7: true, leaves: true}

// A ledger with its key.
type ledger struct {
	t      *testing.T
	signer note.Signer
	keys   *Keys
	tree   Tree
}

func newLedger(t *testing.T) *ledger {
	secret, public, err := note.GenerateKey(nil, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := readKeys(public + "\n" + public + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return &ledger{t: t, signer: signer, keys: keys}
}

func (l *ledger) sign(text string) string {
	message, err := note.Sign(&note.Note{Text: text}, l.signer)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(message)
}

// A checkpoint of the first so many leaves.
func (l *ledger) checkpoint(size int64) string {
	root, err := l.tree.root(size)
	if err != nil {
		l.t.Fatal(err)
	}
	return l.sign(fmt.Sprintf("%s\n%d\n%s\n", origin, size, root))
}

// The same key over another tree, of one leaf.
func (l *ledger) rewritten() *ledger {
	other := newLedger(l.t)
	other.signer = l.signer
	if err := other.tree.add([]byte(body(7))); err != nil {
		l.t.Fatal(err)
	}
	return other
}

// A checkpoint of another ledger that the same key signed.
func (l *ledger) strange(size int64) string {
	root, err := l.tree.root(size)
	if err != nil {
		l.t.Fatal(err)
	}
	return l.sign(fmt.Sprintf("proviso.example.com/ledger\n%d\n%s\n", size, root))
}

func written(kind string, what interface{}) string {
	line, err := json.Marshal(map[string]interface{}{kind: what})
	if err != nil {
		panic(err)
	}
	return string(line)
}

func body(seq int64) string {
	return fmt.Sprintf(`{"event":{"at":"2026-03-02T09:00:00Z","deed":{"kind":"commented"}},"seq":%d,"subject":{"exception":"e1"},"v":1}`, seq)
}

// What opens a commitment, computed by openssl:
// printf 'proviso/v1\0title\0A title' | openssl dgst -sha256 -mac hmac -macopt hexkey:00ff
var opened = map[string]string{
	"c": "e1f0fafd0384a9d3382d6c850ea094bd6b076888468a99c0d454d1037a1bcf40", "salt": "00ff", "field": "title", "value": "A title",
}

// The lines of an export, all but the seal.
func (l *ledger) lines() []string {
	lines := []string{
		written("export", map[string]interface{}{"version": 1, "origin": origin, "at": "2026-03-02T09:00:00Z", "leaves": leaves}),
		written("procedure", "{}"),
	}
	for place := int64(0); place < leaves; place++ {
		lines = append(lines, fmt.Sprintf(`{"leaf":%d,"body":%s}`, place, body(place+1)))
		if err := l.tree.add([]byte(body(place + 1))); err != nil {
			l.t.Fatal(err)
		}
		if signedAt[place+1] {
			lines = append(lines, written("checkpoint", l.checkpoint(place+1)))
		}
	}
	row := map[string]interface{}{"table": "exceptions", "columns": map[string]interface{}{"id": "e1", "seq": leaves}}
	return append(lines, written("row", row), written("opening", opened))
}

// The lines with a seal over them: what only whoever has the key can make.
func (l *ledger) sealed(lines []string) string {
	text := strings.Join(lines, "\n") + "\n"
	seal := l.sign(fmt.Sprintf("%s export\n%d\n%x\n", origin, len(lines), sha256.Sum256([]byte(text))))
	return text + written("seal", seal) + "\n"
}

// The receipt of a leaf under the checkpoint of so many leaves.
func (l *ledger) receipt(index, size int64, leaf string) string {
	path, err := tlog.ProveRecord(size, index, &l.tree)
	if err != nil {
		l.t.Fatal(err)
	}
	text := fmt.Sprintf("c2sp.org/tlog-proof@v1\nextra %s\nindex %d\n", base64.StdEncoding.EncodeToString([]byte(leaf)), index)
	for _, hash := range path {
		text += hash.String() + "\n"
	}
	return text + "\n" + l.checkpoint(size)
}

func judge(record *Record, export string) error {
	return record.read(bufio.NewReader(strings.NewReader(export)))
}

// A fault that names this leaf, or the test fails.
func refused(t *testing.T, err error, leaf int64) {
	t.Helper()
	var fault *Fault
	if !errors.As(err, &fault) {
		t.Fatalf("taken for genuine: %v", err)
	}
	if fault.leaf != leaf {
		t.Errorf("leaf %d is named, not %d: %v", fault.leaf, leaf, err)
	}
}

func TestAGenuineExportHolds(t *testing.T) {
	l := newLedger(t)
	record := newRecord(l.keys)
	if err := judge(record, l.sealed(l.lines())); err != nil {
		t.Fatal(err)
	}
	if record.tree.size != leaves || record.checkpoints != len(signedAt) || record.openings != 1 {
		t.Error(record.told())
	}
}

// Whoever forges here has the key to seal with, but not to sign a checkpoint: the tree alone has to tell.
func TestEveryForgeryIsRefusedAndNamed(t *testing.T) {
	// Lines: heading, procedure, leaves 0 to 2, checkpoint (5), leaves 3 to 6, checkpoint (10), leaves 7 to 11,
	// checkpoint (16), row (17), opening (18).
	swap := func(one, other int) func([]string) []string {
		return func(lines []string) []string {
			lines[one], lines[other] = lines[other], lines[one]
			return lines
		}
	}
	put := func(at int, old, new string) func([]string) []string {
		return func(lines []string) []string {
			lines[at] = strings.Replace(lines[at], old, new, 1)
			return lines
		}
	}
	without := func(at int) func([]string) []string {
		return func(lines []string) []string { return append(lines[:at], lines[at+1:]...) }
	}
	for _, forgery := range []struct {
		name  string
		leaf  int64
		forge func([]string) []string
	}{
		{"a digit of a leaf", 3, put(7, "09:00", "08:00")},
		{"a word of the first leaf", 0, put(2, "commented", "approved")},
		{"two leaves swapped", 3, swap(6, 7)},
		{"a leaf left out", 4, without(7)},
		{"a sequence with a gap", 4, put(7, `"seq":5`, `"seq":6`)},
		{"another subject", 4, put(7, "e1", "e2")},
		{"the name of a member in other letters", 4, put(7, `"seq"`, `"Seq"`)},
		{"an old checkpoint again", 3, func(lines []string) []string { lines[10] = lines[5]; return lines }},
		{"a checkpoint twice", leaves, func(lines []string) []string { return append(lines, lines[16]) }},
		{"a checkpoint left out at the end", 7, without(16)},
		{"a checkpoint of a later size", 0, swap(5, 10)},
		{"a byte of a signature", 0, put(5, `=\n"`, `A\n"`)},
		{"a heading of another ledger", none, put(0, origin, "proviso.example.com/ledger")},
		{"a heading of more leaves", leaves, put(0, `"leaves":12`, `"leaves":13`)},
		{"a row of fewer events", none, put(17, `"seq":12`, `"seq":11`)},
		{"a row left out", none, without(17)},
		{"a row twice", none, func(lines []string) []string { return append(lines, lines[17]) }},
		{"an opening of another text", none, put(18, "A title", "A tatle")},
		{"an opening of another field", none, put(18, `"title"`, `"purpose"`)},
		{"an opening with another salt", none, put(18, "00ff", "00fe")},
		{"a second heading", none, func(lines []string) []string { return append(lines, lines[0]) }},
		{"a line of no kind", leaves, func(lines []string) []string { return append(lines, `{"note":"x"}`) }},
	} {
		t.Run(forgery.name, func(t *testing.T) {
			l := newLedger(t)
			refused(t, judge(newRecord(l.keys), l.sealed(forgery.forge(l.lines()))), forgery.leaf)
		})
	}
}

func TestASealIsOverExactlyTheLinesBeforeIt(t *testing.T) {
	l := newLedger(t)
	lines := l.lines()
	export := l.sealed(lines)
	row := lines[17]
	for name, forged := range map[string]string{
		"a space in a row":        strings.Replace(export, row, " "+row, 1),
		"a line behind it":        export + lines[1] + "\n",
		"no seal":                 strings.Join(lines, "\n") + "\n",
		"the seal of other lines": strings.Join(lines, "\n") + "\n" + written("seal", l.sign(origin+" export\n1\n00\n")) + "\n",
	} {
		t.Run(name, func(t *testing.T) { refused(t, judge(newRecord(l.keys), forged), none) })
	}
	refused(t, judge(newRecord(l.keys), strings.TrimSuffix(export, "\n")), leaves)
}

func TestStrangeKeysOpenNothing(t *testing.T) {
	l := newLedger(t)
	refused(t, judge(newRecord(newLedger(t).keys), l.sealed(l.lines())), 0)
}

// Who has the key too can rewrite the record, but not behind a checkpoint that is kept elsewhere.
func TestACheckpointFromElsewhereIsHeldAgainstTheRecord(t *testing.T) {
	l := newLedger(t)
	export, other := l.sealed(l.lines()), l.rewritten()
	for name, told := range map[string]struct {
		note string
		leaf int64
	}{
		"another root":   {other.checkpoint(1), 0},
		"a larger size":  {l.sign(origin + "\n13\n" + tlog.Hash{}.String() + "\n"), leaves},
		"the same again": {l.checkpoint(5), -2},
	} {
		t.Run(name, func(t *testing.T) {
			record := newRecord(l.keys)
			if err := record.expect(told.note); err != nil {
				t.Fatal(err)
			}
			err := judge(record, export)
			if told.leaf == -2 && err == nil {
				return
			}
			refused(t, err, told.leaf)
		})
	}
	if newRecord(l.keys).expect(newLedger(t).sign(origin+"\n1\n"+tlog.Hash{}.String()+"\n")) == nil {
		t.Error("a checkpoint of a strange key was believed")
	}
}

func TestAReceiptIsOfALeafThatTheExportHas(t *testing.T) {
	l := newLedger(t)
	record := newRecord(l.keys)
	if err := judge(record, l.sealed(l.lines())); err != nil {
		t.Fatal(err)
	}
	for index := int64(0); index < leaves; index++ {
		if _, err := record.receipt(l.receipt(index, leaves, body(index+1))); err != nil {
			t.Errorf("leaf %d: %v", index, err)
		}
	}
	later := newLedger(t)
	later.signer = l.signer
	later.lines()
	if err := later.tree.add([]byte(body(leaves + 1))); err != nil {
		t.Fatal(err)
	}
	other := l.rewritten()
	genuine := l.receipt(4, 7, body(5))
	for name, forged := range map[string]struct {
		text string
		leaf int64
	}{
		"other bytes":       {l.receipt(4, 7, body(6)), 4},
		"another place":     {strings.Replace(genuine, "index 4", "index 5", 1), 5},
		"beyond the tree":   {strings.Replace(genuine, "index 4", "index 7", 1), 7},
		"a place like 04":   {strings.Replace(genuine, "index 4", "index 04", 1), none},
		"no leaf":           {strings.Replace(genuine, "extra ", "text ", 1), none},
		"a newer record":    {later.receipt(4, leaves+1, body(5)), 4},
		"a newer leaf":      {later.receipt(leaves, leaves+1, body(leaves+1)), leaves},
		"another record":    {other.receipt(0, 1, body(7)), 0},
		"another ledger":    {strings.Split(genuine, "\n\n")[0] + "\n\n" + l.strange(7), none},
		"an unsigned tree":  {strings.Replace(genuine, "\n7\n", "\n8\n", 1), none},
		"nothing":           {"", none},
		"one hash too many": {strings.Replace(genuine, "\n\n", "\n"+tlog.Hash{}.String()+"\n\n", 1), 4},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := record.receipt(forged.text)
			refused(t, err, forged.leaf)
		})
	}
}
