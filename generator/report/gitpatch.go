package report

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"scaffold/generator/tree"
)

// maxBinary caps both versions of a binary file in a patch, in bytes.
const maxBinary = 8 << 20

// binaryPatch is what git apply needs of two versions of a file that are not
// text, nil for none: the hashes by which git knows them, and all bytes of both,
// so that the patch also applies in reverse.
func binaryPatch(oldName, newName string, before, after *tree.File) []byte {
	out := fmt.Appendf(nil, "index %s..%s\n", blobID(before), blobID(after))
	a, b := bytesOf(before), bytesOf(after)
	if len(a)+len(b) > maxBinary {
		return fmt.Appendf(out, "Binary files %s and %s differ\n", oldName, newName)
	}
	out = append(out, "GIT binary patch\n"...)
	return literal(literal(out, b), a)
}

// blobID is git's name of a file's bytes, zeros for no file.
func blobID(f *tree.File) string {
	if f == nil {
		return strings.Repeat("0", 2*sha1.Size)
	}
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(f.Data), f.Data)))
}

// literal prints data deflated, in lines of at most 52 bytes. The first letter
// of a line is how many it has: A for 1, a for 27.
func literal(out, data []byte) []byte {
	var deflated bytes.Buffer
	z := zlib.NewWriter(&deflated)
	z.Write(data) // a bytes.Buffer takes everything
	z.Close()
	out = fmt.Appendf(out, "literal %d\n", len(data))
	for deflated.Len() > 0 {
		part := deflated.Next(52)
		if n := byte(len(part)); n <= 26 {
			out = append(out, 'A'+n-1)
		} else {
			out = append(out, 'a'+n-27)
		}
		out = append(base85(out, part), '\n')
	}
	return append(out, '\n')
}

// base85 prints each four bytes, the last filled up with zeros, as five digits,
// which are git's own.
func base85(out, data []byte) []byte {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
	for len(data) > 0 {
		var four [4]byte
		data = data[copy(four[:], data):]
		n := binary.BigEndian.Uint32(four[:])
		var five [5]byte
		for i := range five {
			five[4-i] = digits[n%85]
			n /= 85
		}
		out = append(out, five[:]...)
	}
	return out
}

// gitName is a path as git quotes it in a patch, where core.quotePath is off:
// what shows on a terminal stays as it is.
func gitName(path string) string {
	var out strings.Builder
	quoted := false
	for i, r := range path {
		_, size := utf8.DecodeRuneInString(path[i:])
		switch {
		case r == '"' || r == '\\':
			out.WriteString(`\` + string(r))
		case r == '\t':
			out.WriteString(`\t`)
		case r == '\n':
			out.WriteString(`\n`)
		case unicode.IsPrint(r) && (r != utf8.RuneError || size > 1):
			out.WriteRune(r)
			continue
		default:
			for _, b := range []byte(path[i : i+size]) {
				fmt.Fprintf(&out, `\%03o`, b)
			}
		}
		quoted = true
	}
	if quoted {
		return `"` + out.String() + `"`
	}
	return path
}
