// A verifier of Furlong's receipts, checkpoints and trees that shares no line with Furlong: it stands on
// golang.org/x/mod/sumdb/{note,tlog} alone, as somebody would who trusts neither the house nor its code.
//
//	verifier receipt VKEY < proof           the record that is proven, in base 64
//	verifier consistency VKEY DIR OLD       that DIR/checkpoint goes on from the checkpoint OLD, by DIR/tile
//	verifier record VKEY DIR INDEX < entry  that DIR's tree has the entry at INDEX, by its tiles
//	verifier logs VKEY < cases              for each line {"checkpoint","entries"}: ok, or why not
//
// Ends with 1 and a line on stderr where something is not proven.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: verifier receipt|consistency|record|logs VKEY …")
	}
	verifier, err := note.NewVerifier(args[1])
	if err != nil {
		return err
	}
	switch {
	case args[0] == "receipt" && len(args) == 2:
		return receipt(verifier)
	case args[0] == "consistency" && len(args) == 4:
		return consistency(verifier, args[2], args[3])
	case args[0] == "record" && len(args) == 4:
		return record(verifier, args[2], args[3])
	case args[0] == "logs" && len(args) == 2:
		return logs(verifier)
	}
	return fmt.Errorf("not a way to call this: %s", strings.Join(args, " "))
}

// open gives the tree that a checkpoint vouches for, if the key signed it under its own name.
func open(verifier note.Verifier, signed []byte) (tlog.Tree, error) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, err
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

// receipt reads c2sp.org/tlog-proof@v1 whose extra data is the entry.
func receipt(verifier note.Verifier) error {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	head, checkpoint, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("not a proof")
	}
	if !strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return fmt.Errorf("a proof without extra data or index")
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, err := open(verifier, []byte(checkpoint))
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Println(base64.StdEncoding.EncodeToString(entry))
	return nil
}

// consistency proves the old tree from tiles that are themselves checked against the new one.
func consistency(verifier note.Verifier, dir, old string) error {
	before, err := openFile(verifier, old)
	if err != nil {
		return err
	}
	after, err := openFile(verifier, filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(after.N, before.N, tlog.TileHashReader(after, tiles{dir}))
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, after.N, after.Hash, before.N, before.Hash); err != nil {
		return err
	}
	fmt.Printf("%d goes on from %d\n", after.N, before.N)
	return nil
}

func record(verifier note.Verifier, dir, place string) error {
	entry, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(place, 10, 64)
	if err != nil {
		return err
	}
	tree, err := openFile(verifier, filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	proof, err := tlog.ProveRecord(tree.N, index, tlog.TileHashReader(tree, tiles{dir}))
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Printf("%d of %d\n", index, tree.N)
	return nil
}

func openFile(verifier note.Verifier, path string) (tlog.Tree, error) {
	signed, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	return open(verifier, signed)
}

// tiles reads the layout of c2sp.org/tlog-tiles, which leaves the height out of the path.
type tiles struct{ dir string }

func (t tiles) Height() int { return tileHeight }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.dir, filepath.FromSlash(path)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// logs judges whole logs by a published checkpoint alone.
func logs(verifier note.Verifier) error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var one struct {
			Checkpoint string   `json:"checkpoint"`
			Entries    [][]byte `json:"entries"`
		}
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return err
		}
		if err := judge(verifier, one.Checkpoint, one.Entries); err != nil {
			fmt.Printf("rejected: %v\n", err)
		} else {
			fmt.Println("ok")
		}
	}
	return lines.Err()
}

func judge(verifier note.Verifier, checkpoint string, entries [][]byte) error {
	tree, err := open(verifier, []byte(checkpoint))
	if err != nil {
		return err
	}
	if int64(len(entries)) < tree.N {
		return fmt.Errorf("%d of %d records are there", len(entries), tree.N)
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for index, entry := range entries[:tree.N] {
		hashes, err := tlog.StoredHashes(int64(index), entry, reader)
		if err != nil {
			return err
		}
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the first %d records are not those that were signed", tree.N)
	}
	return nil
}
