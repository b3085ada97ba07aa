package problem

import (
	"fmt"
	"strings"
)

// DidYouMean returns `: did you mean "x"?` with the candidate nearest to word,
// or "" where none is near.
func DidYouMean(word string, candidates []string) string {
	if near := Nearest(word, candidates); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return ""
}

// Nearest returns the candidate with the smallest edit distance to word, the
// first of several, where at most a third of it would have to change. Else it is
// the only one that begins with word, or "". Letter case does not count.
func Nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	best, bestDistance := "", min(max(len(word)/3, 1)+1, maxWord)
	for _, c := range candidates {
		if d := distance(word, strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	if best != "" || len(word) < 2 {
		return best
	}
	for _, c := range candidates {
		switch {
		case !strings.HasPrefix(strings.ToLower(c), word):
		case best != "":
			return ""
		default:
			best = c
		}
	}
	return best
}

// maxWord is the longest word, in bytes, that may be a slip of another.
const maxWord = 64

// distance is Levenshtein's, in bytes, with a swap of two neighbours as one edit,
// because fingers slip like that.
func distance(a, b string) int {
	if len(a) > maxWord || len(b) > maxWord {
		return maxWord
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
