package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Keys are those of one ledger: the present one, and those before it.
type Keys struct {
	origin string
	known  note.Verifiers
}

// Head is what a checkpoint says: so many leaves lead to this root.
type Head struct {
	size int64
	root tlog.Hash
}

func readKeys(text string) (*Keys, error) {
	var verifiers []note.Verifier
	seen := map[string]bool{}
	for _, line := range strings.Fields(text) {
		if seen[line] {
			continue
		}
		seen[line] = true
		verifier, err := note.NewVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("a key: %w", err)
		}
		verifiers = append(verifiers, verifier)
		if verifier.Name() != verifiers[0].Name() {
			return nil, errors.New("these are keys of several ledgers")
		}
	}
	if len(verifiers) == 0 {
		return nil, errors.New("there is no key")
	}
	return &Keys{verifiers[0].Name(), note.VerifierList(verifiers...)}, nil
}

// The text of a signed note (C2SP signed-note); an error unless one of the keys signed exactly that.
func (k *Keys) text(message string) (string, error) {
	opened, err := note.Open([]byte(message), k.known)
	if err != nil {
		return "", err
	}
	return opened.Text, nil
}

// What a signed checkpoint says (C2SP tlog-checkpoint).
func (k *Keys) head(message string) (Head, error) {
	text, err := k.text(message)
	if err != nil {
		return Head{}, err
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != k.origin {
		return Head{}, errors.New("what was signed is no checkpoint of this ledger")
	}
	size, err := number(lines[1])
	if err != nil {
		return Head{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Head{}, err
	}
	return Head{size, root}, nil
}

// A number as only one text writes it: no sign, no zero before it.
func number(text string) (int64, error) {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < 0 || strconv.FormatInt(value, 10) != text {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return value, nil
}
