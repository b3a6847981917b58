package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"strconv"
	"unicode/utf8"
)

// The version of the export's format.
const version = 1

// Where there is no leaf, or no line, to name.
const none = -1

// Fault is the first thing that does not hold.
type Fault struct {
	leaf, line int64
	what       string
}

func (f *Fault) Error() string {
	told := f.what
	if f.line != none {
		told = fmt.Sprintf("line %d: %s", f.line, told)
	}
	if f.leaf != none {
		told = fmt.Sprintf("leaf %d: %s", f.leaf, told)
	}
	return told
}

// Record is an export on its way through.
type Record struct {
	keys        *Keys
	elsewhere   *Head
	tree        Tree
	signed      Head
	checkpoints int
	openings    int
	begun       bool
	sealed      bool
	leaves      int64
	lines       int64
	digest      hash.Hash
	events      map[string]int64
	rows        map[string]bool
}

func newRecord(keys *Keys) *Record {
	return &Record{keys: keys, digest: sha256.New(), events: map[string]int64{}, rows: map[string]bool{}}
}

// Holds the export to a checkpoint that came another way.
func (r *Record) expect(message string) error {
	head, err := r.keys.head(message)
	if err != nil {
		return &Fault{none, none, "the checkpoint from elsewhere: " + err.Error()}
	}
	r.elsewhere = &head
	return nil
}

func (r *Record) fault(leaf int64, format string, values ...interface{}) error {
	return &Fault{leaf, r.lines, fmt.Sprintf(format, values...)}
}

// What was verified.
func (r *Record) told() string {
	return fmt.Sprintf("%d leaves, %d checkpoints, each consistent with the one before, %d exceptions, %d openings: verified",
		r.tree.size, r.checkpoints, len(r.rows), r.openings)
}

// Takes the next line, without its end.
func (r *Record) take(line []byte) error {
	r.lines++
	if !utf8.Valid(line) {
		return r.fault(r.tree.size, "this is not UTF-8")
	}
	if err := r.line(line); err != nil {
		return err
	}
	r.digest.Write(line)
	r.digest.Write([]byte("\n"))
	return nil
}

func (r *Record) line(line []byte) error {
	if r.sealed {
		return r.fault(none, "something stands behind the seal")
	}
	if bytes.HasPrefix(line, []byte(`{"leaf":`)) {
		return r.leaf(line)
	}
	var told map[string]json.RawMessage
	if json.Unmarshal(line, &told) != nil || len(told) != 1 {
		return r.fault(r.tree.size, "this is no line of an export")
	}
	for kind, what := range told {
		return r.other(kind, what)
	}
	return nil
}

func (r *Record) other(kind string, what json.RawMessage) error {
	if r.begun == (kind == "export") {
		return r.fault(none, "a line of the kind %q cannot stand here", kind)
	}
	switch kind {
	case "export":
		return r.begin(what)
	case "procedure":
		return nil
	case "checkpoint":
		return r.checkpoint(what)
	case "opening":
		return r.opening(what)
	case "row":
		return r.row(what)
	case "seal":
		return r.seal(what)
	}
	return r.fault(r.tree.size, "no line is of the kind %q", kind)
}

func (r *Record) begin(what json.RawMessage) error {
	var heading map[string]json.RawMessage
	var origin string
	var format int
	if json.Unmarshal(what, &heading) != nil || !member(heading, "origin", &origin) ||
		!member(heading, "version", &format) || !member(heading, "leaves", &r.leaves) {
		return r.fault(none, "the heading cannot be read")
	}
	if origin != r.keys.origin || format != version {
		return r.fault(none, "version %d of an export of %q is not what the keys are for", format, origin)
	}
	r.begun = true
	return nil
}

// The exact bytes of a leaf stand between `"body":` and the last brace.
func (r *Record) leaf(line []byte) error {
	place := r.tree.size
	body := bytes.TrimPrefix(line, []byte(`{"leaf":`+strconv.FormatInt(place, 10)+`,"body":`))
	if len(body) == len(line) || !bytes.HasSuffix(body, []byte("}")) || !r.begun {
		return r.fault(place, "another line stands in its place")
	}
	body = body[:len(body)-1]
	subject, seq, err := event(body)
	if err != nil {
		return r.fault(place, "%v", err)
	}
	if seq != r.events[subject]+1 {
		return r.fault(place, "event %d of %s comes after event %d", seq, subject, r.events[subject])
	}
	r.events[subject] = seq
	if err := r.tree.add(body); err != nil {
		return r.fault(place, "%v", err)
	}
	return r.known(place)
}

// Is this where the checkpoint from elsewhere ends, and does the tree lead to it?
func (r *Record) known(place int64) error {
	if r.elsewhere == nil || r.elsewhere.size != r.tree.size {
		return nil
	}
	if root, err := r.tree.root(r.tree.size); err != nil || root != r.elsewhere.root {
		return r.fault(place, "the leaves up to here are not those of the checkpoint from elsewhere")
	}
	return nil
}

// Whose event a leaf is, and the how manieth.
func event(body []byte) (string, int64, error) {
	var told, exception map[string]json.RawMessage
	var subject string
	var seq int64
	if json.Unmarshal(body, &told) != nil || !member(told, "seq", &seq) {
		return "", 0, fmt.Errorf("the leaf cannot be read")
	}
	if member(told, "subject", &subject) && subject == "roster" {
		return subject, seq, nil
	}
	if !member(told, "subject", &exception) || len(exception) != 1 || !member(exception, "exception", &subject) {
		return "", 0, fmt.Errorf("the leaf names no subject")
	}
	return subject, seq, nil
}

// Reads a member of exactly this name: encoding/json alone would take one in other letters for it.
func member(object map[string]json.RawMessage, name string, value interface{}) bool {
	raw, found := object[name]
	return found && string(raw) != "null" && json.Unmarshal(raw, value) == nil
}

// A checkpoint stands behind the last leaf that it covers. Which of the leaves since the one before was changed no
// tree tells, so the first of them is named, and how far they reach.
func (r *Record) checkpoint(what json.RawMessage) error {
	var message string
	if json.Unmarshal(what, &message) != nil {
		return r.fault(r.signed.size, "a checkpoint is a text")
	}
	head, err := r.keys.head(message)
	if err != nil {
		return r.fault(r.signed.size, "the checkpoint behind leaf %d: %v", r.tree.size-1, err)
	}
	if head.size <= r.signed.size {
		return r.fault(r.signed.size, "the checkpoint of %d leaves stands here again", head.size)
	}
	if root, err := r.tree.root(r.tree.size); err != nil || head != (Head{r.tree.size, root}) {
		return r.fault(r.signed.size, "from here to leaf %d these are not the leaves that were signed", r.tree.size-1)
	}
	if err := r.tree.grows(r.signed, head); err != nil {
		return r.fault(r.signed.size, "the checkpoint of %d leaves does not begin that of %d: %v", r.signed.size, head.size, err)
	}
	r.signed = head
	r.checkpoints++
	return nil
}

// An opening is HMAC-SHA256(salt, "proviso/v1" ‖ 00 ‖ field ‖ 00 ‖ value).
func (r *Record) opening(what json.RawMessage) error {
	var opened map[string]json.RawMessage
	var commitment, salt, field, value string
	if json.Unmarshal(what, &opened) != nil || !member(opened, "c", &commitment) || !member(opened, "salt", &salt) ||
		!member(opened, "field", &field) || !member(opened, "value", &value) {
		return r.fault(none, "an opening cannot be read")
	}
	key, err := hex.DecodeString(salt)
	if err != nil {
		return r.fault(none, "a salt is hexadecimal")
	}
	code := hmac.New(sha256.New, key)
	code.Write([]byte("proviso/v1\x00" + field + "\x00" + value))
	if hex.EncodeToString(code.Sum(nil)) != commitment {
		return r.fault(none, "an opening does not open %s", commitment)
	}
	r.openings++
	return nil
}

// The row of an exception counts its events.
func (r *Record) row(what json.RawMessage) error {
	var row, columns map[string]json.RawMessage
	var table, id string
	var seq int64
	if json.Unmarshal(what, &row) != nil || !member(row, "table", &table) || !member(row, "columns", &columns) {
		return r.fault(none, "a row cannot be read")
	}
	if table != "exceptions" {
		return nil
	}
	if !member(columns, "id", &id) || !member(columns, "seq", &seq) || r.rows[id] || r.events[id] != seq {
		return r.fault(none, "the row of the exception %q is not one of %d events", id, r.events[id])
	}
	r.rows[id] = true
	return nil
}

// The seal is a signed note over the SHA-256 of every byte before it.
func (r *Record) seal(what json.RawMessage) error {
	var message string
	if json.Unmarshal(what, &message) != nil {
		return r.fault(none, "a seal is a text")
	}
	text, err := r.keys.text(message)
	if err != nil {
		return r.fault(none, "the seal: %v", err)
	}
	if text != fmt.Sprintf("%s export\n%d\n%x\n", r.keys.origin, r.lines-1, r.digest.Sum(nil)) {
		return r.fault(none, "the seal is not over exactly the lines before it")
	}
	r.sealed = true
	return nil
}

// Is everything there?
func (r *Record) finish() error {
	exceptions := len(r.events)
	if _, told := r.events["roster"]; told {
		exceptions--
	}
	switch {
	case !r.begun:
		return r.fault(none, "the export is empty")
	case r.leaves != r.tree.size || r.signed.size != r.tree.size:
		return r.fault(r.signed.size, "leaves are missing, or from here on they were not signed")
	case r.elsewhere != nil && r.elsewhere.size > r.tree.size:
		return r.fault(r.tree.size, "the export ends before the checkpoint from elsewhere")
	case len(r.rows) != exceptions:
		return r.fault(none, "%d exceptions have %d rows", exceptions, len(r.rows))
	case !r.sealed:
		return r.fault(none, "the export is cut off: its seal is missing")
	}
	return nil
}
