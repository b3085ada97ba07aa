package resolve

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"scaffold/generator/merge"
)

var labels = merge.Labels{Ours: "yours", Base: "base", Theirs: "tiny 1.1.0"}

// Markers that are missing, nested or doubtful are refused, with the line.
func TestParseRefuses(t *testing.T) {
	const (
		ours, base, theirs = "<<<<<<< yours\n", "||||||| base\n", ">>>>>>> tiny 1.1.0\n"
		sep                = "=======\n"
	)
	for _, test := range []struct{ text, pristine, want string }{
		{"a\n" + ours + "b\n", "", `2: the conflict that begins here has no line "||||||| base"`},
		{ours + base + "b\n" + sep, "", `1: the conflict that begins here has no line ">>>>>>> tiny 1.1.0"`},
		{ours + ours, "", `2: "<<<<<<< yours" stands here, and the conflict of line 1 has no line "||||||| base" yet`},
		{ours + base + theirs, "", `3: ">>>>>>> tiny 1.1.0" stands here, and the conflict of line 1 has no line "=======" yet`},
		{ours + base + sep + ours, "", `4: "<<<<<<< yours" stands here, and the conflict of line 1 has no line ">>>>>>> tiny 1.1.0" yet`},
		{"a\n" + theirs, "", `2: ">>>>>>> tiny 1.1.0" stands here, and no conflict begins before it`},
		{base, "", `1: "||||||| base" stands here, and no conflict begins before it`},
		{ours + base + sep + "a\n" + sep + theirs, "", `5: the conflict of line 1 has a second line "=======", so that it does not say where the template's side begins`},
		{ours + "a\n" + ours + base + sep + theirs, ours, `1: the template itself has a line "<<<<<<< yours", so that it does not say what is in conflict`},
	} {
		if _, err := Parse([]byte(test.text), labels, []byte(test.pristine)); err == nil || err.Error() != test.want {
			t.Errorf("%q: got %v, want %s", test.text, err, test.want)
		}
	}
}

// What is no marker of ours is content, and white space behind a label is not.
func TestParse(t *testing.T) {
	text := "\ufeffTitle\r\n=======\r\n<<<<<<< HEAD\r\n<<<<<<< yours  \r\nmine\r\n=======\r\nmore\r\n||||||| base\r\n=======\r\ntheir\rs\n>>>>>>> tiny 1.1.0\r\nend"
	got, err := Parse([]byte(text), labels, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	h := got.Hunks[0]
	if len(got.Hunks) != 1 || h.Line != 4 || h.Lines != 8 || len(h.Base) != 0 || strings.Join(h.Mine, "") != "mine\r\n=======\r\nmore\r\n" || strings.Join(h.Template, "") != "their\rs\n" {
		t.Errorf("got %+v", got.Hunks)
	}
	want := "\ufeffTitle\r\n=======\r\n<<<<<<< HEAD\r\nmine\r\n=======\r\nmore\r\ntheir\rs\nend"
	if both := got.Resolve(same(Both, 1)); string(both) != want {
		t.Errorf("both is %q, want %q", both, want)
	}
	if kept := got.Resolve(make([]Answer, 1)); string(kept) != text {
		t.Errorf("unanswered it is %q", kept)
	}
}

// A random file has few different lines, so that changes meet.
func randomFile(r *rand.Rand, from []string) (lines []string, data []byte) {
	for _, line := range from {
		switch r.IntN(8) {
		case 0:
		case 1, 2:
			lines = append(lines, fmt.Sprintf("changed %d", r.IntN(30)))
		case 3:
			lines = append(lines, line, fmt.Sprintf("added %d", r.IntN(30)))
		default:
			lines = append(lines, line)
		}
	}
	end := []string{"\n", "\n", "\r\n"}[r.IntN(3)]
	text := strings.Join(lines, end)
	if r.IntN(4) > 0 && len(lines) > 0 {
		text += end
	}
	if r.IntN(6) == 0 {
		text = utf8BOM + text
	}
	return lines, []byte(text)
}

// What merge wrote is read back: either side of all hunks is that side of the merge, byte
// for byte, and without answers the file is as it was. Only the last newline of a file that
// ends in a hunk is the template's word, because the markers do not say it.
func TestParseReadsMerges(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 15))
	conflicts, exact := 0, 0
	for range 4000 {
		var lines []string
		for range r.IntN(9) {
			lines = append(lines, fmt.Sprintf("line %d", r.IntN(6)))
		}
		baseLines, base := randomFile(r, lines)
		_, ours := randomFile(r, baseLines)
		_, theirs := randomFile(r, baseLines)
		merged := merge.Merge("file", base, ours, theirs, merge.Options{Labels: labels, ByLines: true})
		text, err := Parse(merged.Content, labels, theirs)
		if err != nil || len(text.Hunks) != len(merged.Conflicts) {
			t.Fatalf("%q: %d hunks, want %d: %v", merged.Content, len(text.Hunks), len(merged.Conflicts), err)
		}
		if merged.Clean() {
			continue
		}
		conflicts++
		if kept := text.Resolve(make([]Answer, len(text.Hunks))); !bytes.Equal(kept, merged.Content) {
			t.Fatalf("%q became %q", merged.Content, kept)
		}
		for _, side := range []Side{Mine, Template} {
			got, want := text.Resolve(same(side, len(text.Hunks))), merged.Resolve(side == Mine)
			if bytes.Equal(got, want) {
				exact++
				continue
			}
			trim := func(data []byte) string { return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r") }
			if last := text.kept[len(text.Hunks)]; last != "" || trim(got) != trim(want) || bytes.HasSuffix(want, []byte("\n")) == (bytes.HasSuffix(theirs, []byte("\n")) || len(theirs) == 0) {
				t.Fatalf("base %q, ours %q, theirs %q: %s is %q, want %q", base, ours, theirs, side, got, want)
			}
		}
		for i, c := range merge.ReadSides(merged.Content, merged.Conflicts) {
			h := text.Hunks[i]
			if h.Line != merged.Conflicts[i].Line || strings.Join(bare(h.Base), "\n") != strings.Join(c.Base, "\n") || len(h.Base) != len(c.Base) {
				t.Fatalf("%q: hunk %d is %+v, want %+v", merged.Content, i, h, c)
			}
		}
	}
	if conflicts < 1000 || exact < conflicts {
		t.Errorf("%d merges had conflicts, and %d sides were exact: too few to say anything", conflicts, exact)
	}
}

// What is read is kept, whatever it is, and what is outside of hunks stands in every
// version of the file.
func FuzzParse(f *testing.F) {
	f.Add([]byte("a\n<<<<<<< yours\nb\n||||||| base\nc\n=======\nd\n>>>>>>> tiny 1.1.0\ne"), []byte("d\n"))
	f.Add([]byte("\ufeff<<<<<<< yours\r\n||||||| base\r\n=======\r\n>>>>>>> tiny 1.1.0\r\n"), []byte("x"))
	f.Add([]byte("<<<<<<< yours\n||||||| base\n=======\n>>>>>>> tiny 1.1.0"), []byte(nil))
	f.Fuzz(func(t *testing.T, data, pristine []byte) {
		text, err := Parse(data, labels, pristine)
		if err != nil {
			return
		}
		n := len(text.Hunks)
		if kept := text.Resolve(make([]Answer, n)); !bytes.Equal(kept, data) {
			t.Fatalf("%q became %q", data, kept)
		}
		if n == 0 {
			return
		}
		base, mine, template := text.Sides()
		for _, side := range [][]byte{base, mine, template, text.Resolve(same(Both, n))} {
			if merge.HasMarkers(side, labels, pristine) {
				t.Errorf("%q has markers", side)
			}
			rest := side
			for i, kept := range text.kept {
				if i == len(text.kept)-1 {
					kept = strings.TrimRight(kept, "\r\n")
				}
				_, after, found := bytes.Cut(rest, []byte(kept))
				if !found {
					t.Fatalf("%q has no %q", side, kept)
				}
				rest = after
			}
		}
	})
}
