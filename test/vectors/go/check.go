// Reads a ledger in tlog-tiles layout with Go's own golang.org/x/mod/sumdb packages: code that we did not write.
//
//	check DIR VKEY OLD-SIZE OLD-ROOT
//
// It opens the checkpoint, authenticates every entry's leaf hash through the tiles, and proves inclusion of the first, middle and last
// entry and consistency with an older size.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tiles struct{ dir string }

func (t tiles) Height() int { return 8 }

// Go's sumdb calls the tile height/level/index; C2SP leaves the height out.
func name(tile tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(wanted))
	for i, tile := range wanted {
		bytes, err := os.ReadFile(filepath.Join(t.dir, name(tile)))
		if err != nil {
			return nil, err
		}
		data[i] = bytes
	}
	return data, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	dir, vkey := os.Args[1], os.Args[2]
	oldSize, err := strconv.ParseInt(os.Args[3], 10, 64)
	check(err)
	rawRoot, err := base64.StdEncoding.DecodeString(os.Args[4])
	check(err)
	var oldRoot tlog.Hash
	copy(oldRoot[:], rawRoot)

	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	check(err)
	verifier, err := note.NewVerifier(vkey)
	check(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	rawRoot, err = base64.StdEncoding.DecodeString(lines[2])
	check(err)
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], rawRoot)

	reader := tlog.TileHashReader(tree, tiles{dir})
	for bundle := int64(0); bundle*256 < size; bundle++ {
		width := size - bundle*256
		tile := tlog.Tile{H: 8, L: -1, N: bundle, W: 256}
		if width < 256 {
			tile.W = int(width)
		}
		data, err := os.ReadFile(filepath.Join(dir, strings.Replace(name(tile), "tile/data/", "tile/entries/", 1)))
		check(err)
		indexes := make([]int64, tile.W)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, bundle*256+int64(i))
		}
		hashes, err := reader.ReadHashes(indexes)
		check(err)
		for i := 0; i < tile.W; i++ {
			length := int(binary.BigEndian.Uint16(data))
			if tlog.RecordHash(data[2:2+length]) != hashes[i] {
				check(fmt.Errorf("leaf mismatch at entry %d", bundle*256+int64(i)))
			}
			data = data[2+length:]
		}
		if len(data) != 0 {
			check(fmt.Errorf("bytes after the last entry of bundle %d", bundle))
		}
	}
	for _, index := range []int64{0, size / 2, size - 1} {
		proof, err := tlog.ProveRecord(size, index, reader)
		check(err)
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		check(err)
		check(tlog.CheckRecord(proof, size, tree.Hash, index, hashes[0]))
	}
	proof, err := tlog.ProveTree(size, oldSize, reader)
	check(err)
	check(tlog.CheckTree(proof, size, tree.Hash, oldSize, oldRoot))
	fmt.Printf("%d entries\n", size)
}
