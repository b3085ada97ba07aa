package project

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Caps of the JSON in a manifest, since what a decoder makes of a short text may
// take thirty times its memory.
const (
	maxDepth  = 4               // as a list that answers a question has
	maxValues = 12 * maxEntries // as each file has five, and each conflict
)

// An opened is an object or a list whose end is not reached.
type opened struct {
	keys []string // of an object
	free bool     // its keys are names of files or questions, not ours
}

// checkShape refuses JSON that a decoder would take and must not: what nests too
// deep or has too many values; keys of ours in another letter case, which the
// decoder takes for the same; and one key twice, of which it takes the last, and
// another reader the first. It may stop where text is no JSON: the decoder says
// so.
func checkShape(text []byte) error {
	var open []opened
	values := 0
	for i := 0; i < len(text); i++ {
		last := len(open) - 1
		switch text[i] {
		case '{', '[':
			if values++; len(open) == maxDepth {
				return fmt.Errorf("nests more than %d deep", maxDepth)
			}
			free := len(open) == 1 && slices.Contains([]string{"answers", "files"}, lastOf(open[0].keys))
			open = append(open, opened{free: free})
		case ',':
			values++
		case '}', ']':
			if last < 0 {
				return nil
			}
			if err := open[last].check(); err != nil {
				return err
			}
			open = open[:last]
		case '"':
			end := endOfString(text, i)
			if end > len(text) {
				return nil
			}
			if after := bytes.TrimLeft(text[end:], " \t\r\n"); len(after) > 0 && after[0] == ':' && last >= 0 {
				open[last].keys = append(open[last].keys, unquoted(text[i:end]))
			}
			i = end - 1
		}
		if values > maxValues {
			return fmt.Errorf("has more than %d values", maxValues)
		}
	}
	return nil
}

func lastOf(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	return keys[len(keys)-1]
}

func (o opened) check() error {
	slices.Sort(o.keys)
	for i, key := range o.keys {
		if i > 0 && key == o.keys[i-1] {
			return fmt.Errorf("has the key %q twice", key)
		}
		if !o.free && !lowerCase(key) {
			return fmt.Errorf("has the key %q: keys are in lower case", key)
		}
	}
	return nil
}

func lowerCase(key string) bool {
	return !bytes.ContainsFunc([]byte(key), func(r rune) bool { return (r < 'a' || 'z' < r) && (r < '0' || '9' < r) })
}

// endOfString returns where the string that starts at text[i] ends; beyond the
// text if it does not.
func endOfString(text []byte, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// unquoted is a string as the decoder reads it: two spellings may be one key.
func unquoted(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted) {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	json.Unmarshal(quoted, &s) // if that is none, the decoder says so
	return s
}
