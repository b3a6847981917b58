// Verifies an export of the record by the packages of Go's own checksum database (golang.org/x/mod/sumdb), which
// Debian has as golang-golang-x-mod-dev. It shares nothing with Proviso and opens no network.
//
//	verify -keys FILE [-checkpoint FILE] [-receipt FILE] EXPORT
//
// It exits with 6 and names the first leaf that does not hold, as `proviso audit verify` does; with 1 where a file
// cannot be read, and with 2 where it was called wrongly.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

const (
	unread     = 1
	usage      = 2
	unverified = 6
)

// The files that were named.
type named struct {
	export, keys, checkpoint, receipt string
}

func main() {
	var files named
	flag.StringVar(&files.keys, "keys", "", "verifier keys of the ledger, one a line")
	flag.StringVar(&files.checkpoint, "checkpoint", "", "a checkpoint from elsewhere, which the export has to agree with")
	flag.StringVar(&files.receipt, "receipt", "", "the receipt of one event (tlog-proof), which the export has to have")
	flag.Parse()
	if flag.NArg() != 1 || files.keys == "" {
		fmt.Fprintln(os.Stderr, "usage: verify -keys FILE [-checkpoint FILE] [-receipt FILE] EXPORT")
		os.Exit(usage)
	}
	files.export = flag.Arg(0)
	told, err := verified(files)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(code(err))
	}
	fmt.Println(told)
}

func code(err error) int {
	var fault *Fault
	if errors.As(err, &fault) {
		return unverified
	}
	return unread
}

// What holds of the export, in a sentence; a *Fault where something does not.
func verified(files named) (string, error) {
	text, err := os.ReadFile(files.keys)
	if err != nil {
		return "", err
	}
	keys, err := readKeys(string(text))
	if err != nil {
		return "", err
	}
	record := newRecord(keys)
	if files.checkpoint != "" {
		if text, err = os.ReadFile(files.checkpoint); err != nil {
			return "", err
		}
		if err := record.expect(string(text)); err != nil {
			return "", err
		}
	}
	export, err := os.Open(files.export)
	if err != nil {
		return "", err
	}
	defer export.Close()
	if err := record.read(bufio.NewReaderSize(export, 1<<20)); err != nil {
		return "", err
	}
	if files.receipt == "" {
		return record.told(), nil
	}
	if text, err = os.ReadFile(files.receipt); err != nil {
		return "", err
	}
	receipt, err := record.receipt(string(text))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s\nthe receipt of leaf %d holds, under the checkpoint of %d leaves", record.told(), receipt.index, receipt.head.size), nil
}

// Takes a whole export, line by line, until the first thing that does not hold.
func (r *Record) read(lines *bufio.Reader) error {
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return r.finish()
		}
		if err == io.EOF {
			return r.fault(r.tree.size, "the last line is cut off")
		}
		if err != nil {
			return err
		}
		if err := r.take(bytes.TrimSuffix(line, []byte("\n"))); err != nil {
			return err
		}
	}
}
