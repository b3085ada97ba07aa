package plan

import (
	"strings"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// A ConflictRecord is what a project remembers of a conflict, until it is
// resolved.
type ConflictRecord struct {
	Path string `json:"path"`
	Kind Kind   `json:"kind"`
	Sum  string `json:"sha256"` // hexadecimal, of what was written; "" for Marked, where nothing is
	To   string `json:"to"`     // where: Path, or a file beside it
}

// Conflicts returns a record of every conflict, sorted by path.
func (p Plan) Conflicts() []ConflictRecord {
	var all []ConflictRecord
	for _, s := range p.Steps {
		if s.Verb == Conflict {
			c := ConflictRecord{Path: s.Path, Kind: s.Kind, To: s.To}
			if s.After != nil {
				c.Sum = s.After.Sum()
			}
			all = append(all, c)
		}
	}
	return all
}

// Unresolved reports whether the conflict is still open. At is what is at c.To
// now, nil for nothing; labels are those of the merge, before as for
// [merge.HasMarkers]. A file beside the user's is resolved by taking it away,
// one with markers by taking the markers out.
func (c ConflictRecord) Unresolved(at *tree.File, labels merge.Labels, before ...[]byte) bool {
	switch {
	case at == nil:
		return false
	case IsBeside(c.To):
		return true
	}
	return merge.HasMarkers(at.Data, labels, before...)
}

// Yours returns where the user's side is: the file with the markers, or the one
// that the template's is beside.
func (c ConflictRecord) Yours() string {
	head, rest, _ := strings.Cut(c.To, BesideSuffix)
	if _, inside, ok := strings.Cut(rest, "/"); ok {
		head += "/" + inside
	}
	return head
}

// BesideSuffix ends the name of the template's version of a file that stays.
const BesideSuffix = ".scaffold-new"

// IsBeside reports whether path is, or is in, what a plan puts beside a file.
func IsBeside(path string) bool {
	return strings.Contains(path, BesideSuffix)
}
