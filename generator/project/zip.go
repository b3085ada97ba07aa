package project

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"scaffold/generator/problem"
)

// The records of a zip file, as sections 4.3.7, 4.3.12 and 4.3.16 of its
// APPNOTE.TXT have them: the head of a file, its head in the directory, and the
// end of the directory.
const (
	fileHead, fileSize = "PK\x03\x04", 30
	dirHead, dirSize   = "PK\x01\x02", 46
	endHead, endSize   = "PK\x05\x06", 22
)

type zipEntry struct {
	name, comment string
	head          int64 // where its head starts
	size          int64
	crc           uint32
}

var le = binary.LittleEndian

// readDirectory returns the entries of a zip file that is as we write them: the
// directory stands right before the end, which has no comment, and nothing is
// compressed. archive/zip would read more than is announced, and so all is
// counted here before any of it is held.
func readDirectory(r io.ReaderAt, size int64) ([]zipEntry, error) {
	var end [endSize]byte
	if _, err := r.ReadAt(end[:], max(size-endSize, 0)); err != nil || string(end[:4]) != endHead {
		return nil, errors.New("is no zip file")
	}
	count, length, start := int(le.Uint16(end[10:])), int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
	switch {
	case count > maxEntries:
		return nil, fmt.Errorf("has %d entries, more than %d", count, maxEntries)
	case length > maxManifest: // which has the same names
		return nil, fmt.Errorf("has a directory of %d bytes, more than %d", length, maxManifest)
	case start+length != size-endSize:
		return nil, errors.New("has a directory elsewhere than before its end")
	}
	directory := make([]byte, length)
	if _, err := r.ReadAt(directory, start); err != nil {
		return nil, problem.Cause(err)
	}
	return parseDirectory(directory, count)
}

func parseDirectory(directory []byte, count int) ([]zipEntry, error) {
	entries := make([]zipEntry, 0, min(count, len(directory)/dirSize))
	left := int64(maxInflated)
	for range count {
		if len(directory) < dirSize || string(directory[:4]) != dirHead {
			return nil, errors.New("has a damaged directory")
		}
		name := dirSize + int(le.Uint16(directory[28:]))
		extra := name + int(le.Uint16(directory[30:]))
		comment := extra + int(le.Uint16(directory[32:]))
		if len(directory) < comment {
			return nil, errors.New("has a damaged directory")
		}
		e := zipEntry{
			name: string(directory[dirSize:name]), comment: string(directory[extra:comment]),
			head: int64(le.Uint32(directory[42:])),
			size: int64(le.Uint32(directory[24:])),
			crc:  le.Uint32(directory[16:]),
		}
		if le.Uint16(directory[10:]) != zip.Store || le.Uint32(directory[20:]) != le.Uint32(directory[24:]) {
			return nil, fmt.Errorf("has %q compressed, which scaffold never does", e.name)
		}
		if left -= e.size; left < 0 {
			return nil, fmt.Errorf("has files of more than %d bytes", int64(maxInflated))
		}
		entries, directory = append(entries, e), directory[comment:]
	}
	if len(directory) > 0 {
		return nil, errors.New("has a damaged directory")
	}
	return entries, nil
}

func (e zipEntry) start(r io.ReaderAt) (int64, error) {
	var head [fileSize]byte
	if _, err := r.ReadAt(head[:], e.head); err != nil || string(head[:4]) != fileHead {
		return 0, fmt.Errorf("%q is not where its directory says", e.name)
	}
	return e.head + fileSize + int64(le.Uint16(head[26:])) + int64(le.Uint16(head[28:])), nil
}

func (e zipEntry) read(r io.ReaderAt, limit int64) ([]byte, error) {
	if e.size > limit {
		return nil, fmt.Errorf("%s: is larger than %d bytes", e.name, limit)
	}
	start, err := e.start(r)
	if err != nil {
		return nil, err
	}
	data := make([]byte, e.size)
	if _, err := r.ReadAt(data, start); err != nil {
		return nil, fmt.Errorf("%s: %w", e.name, problem.Cause(err))
	}
	if crc32.ChecksumIEEE(data) != e.crc {
		return nil, fmt.Errorf("%s: %w", e.name, zip.ErrChecksum)
	}
	return data, nil
}

// in returns the entry's bytes where they stand in the whole zip file. It does
// not check their sum, because whoever calls compares a better one.
func (e zipEntry) in(whole []byte) ([]byte, error) {
	start, err := e.start(bytes.NewReader(whole))
	if err != nil || start > int64(len(whole))-e.size {
		return nil, fmt.Errorf("%q is not where its directory says", e.name)
	}
	return whole[start : start+e.size : start+e.size], nil
}

// A window reads a file in large pieces, because its entries are many and small, and
// stand in the order in which they are read. It serves one reader at a time.
type window struct {
	file io.ReaderAt
	at   int64
	data []byte // what is there
	size int64  // of a piece
}

const maxWindow = 256 << 10

func newWindow(file io.ReaderAt, size int64) *window {
	return &window{file: file, size: min(size, maxWindow)}
}

// ReadAt is that of [io.ReaderAt].
func (w *window) ReadAt(p []byte, at int64) (int, error) {
	if int64(len(p)) > w.size {
		return w.file.ReadAt(p, at)
	}
	if at < w.at || at+int64(len(p)) > w.at+int64(len(w.data)) {
		if w.data == nil {
			w.data = make([]byte, w.size)
		}
		n, err := w.file.ReadAt(w.data[:w.size], at)
		w.at, w.data = at, w.data[:n]
		if n < len(p) {
			return copy(p, w.data), err
		}
	}
	return copy(p, w.data[at-w.at:]), nil
}
