package main

import (
	"encoding/base64"
	"errors"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Receipt is that of one event (C2SP tlog-proof), with the leaf's exact bytes as its extra data.
type Receipt struct {
	leaf  []byte
	index int64
	path  tlog.RecordProof
	head  Head
}

var errNoReceipt = errors.New("this is no tlog-proof with its leaf")

// Reads a receipt; of it only the checkpoint's signature is believed, because it was verified.
func readReceipt(text string, keys *Keys) (*Receipt, error) {
	top, checkpoint, found := strings.Cut(text, "\n\n")
	lines := strings.Split(top, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" ||
		!strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return nil, errNoReceipt
	}
	leaf, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return nil, errNoReceipt
	}
	index, err := number(strings.TrimPrefix(lines[2], "index "))
	if err != nil {
		return nil, errNoReceipt
	}
	var path tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, errNoReceipt
		}
		path = append(path, hash)
	}
	head, err := keys.head(checkpoint)
	if err != nil {
		return nil, err
	}
	return &Receipt{leaf, index, path, head}, nil
}

// Does the path lead from the leaf to the signed root?
func (r *Receipt) holds() error {
	if r.index >= r.head.size {
		return errors.New("the leaf lies beyond the checkpoint")
	}
	return tlog.CheckRecord(r.path, r.head.size, r.head.root, r.index, tlog.RecordHash(r.leaf))
}

// Verifies a receipt by itself, and that the export's leaves lead to the root that its leaf leads to.
func (r *Record) receipt(text string) (*Receipt, error) {
	receipt, err := readReceipt(text, r.keys)
	if err != nil {
		return nil, &Fault{none, none, "the receipt: " + err.Error()}
	}
	refused := func(what string) (*Receipt, error) {
		return nil, &Fault{receipt.index, none, "the receipt: " + what}
	}
	if err := receipt.holds(); err != nil {
		return refused(err.Error())
	}
	if receipt.head.size > r.tree.size {
		return refused("its checkpoint is newer than the export")
	}
	if root, err := r.tree.root(receipt.head.size); err != nil || root != receipt.head.root {
		return refused("its checkpoint is of another record")
	}
	return receipt, nil
}
