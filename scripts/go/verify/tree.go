package main

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Tree is the ledger's, derived from the leaves alone: every hash that tlog stores, in its order.
type Tree struct {
	size   int64
	hashes []tlog.Hash
}

// ReadHashes is how tlog looks at the tree.
func (t *Tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		if index < 0 || index >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("the tree of %d leaves has no hash %d", t.size, index)
		}
		found[at] = t.hashes[index]
	}
	return found, nil
}

func (t *Tree) add(leaf []byte) error {
	hashes, err := tlog.StoredHashes(t.size, leaf, t)
	if err != nil {
		return err
	}
	t.hashes = append(t.hashes, hashes...)
	t.size++
	return nil
}

// The root of the first so many leaves.
func (t *Tree) root(size int64) (tlog.Hash, error) {
	return tlog.TreeHash(size, t)
}

// Do the older head's leaves begin the newer's? Proved from the tree, and checked against both signed roots.
func (t *Tree) grows(older, newer Head) error {
	if older.size == 0 {
		return nil
	}
	proof, err := tlog.ProveTree(newer.size, older.size, t)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, newer.size, newer.root, older.size, older.root)
}
