package author

import (
	"maps"
	"slices"
)

// maxRows is how many rows are tried, because each is rendered.
const maxRows = 400

// Pairs returns rows in which every two values of two names stand together at
// least once, and how many pairs it left out because there were too many. Each row
// greedily takes what covers most; the first value of a name is the usual one.
//
// A row that takes returns false for does not count: then the pair it was made for
// is tried once more among the usual values, and given up. A nil takes every row.
func Pairs(values map[string][]string, takes func(row map[string]string) bool) (rows []map[string]string, left int) {
	c := newCover(values)
	if takes == nil {
		takes = func(map[string]string) bool { return true }
	}
	if len(c.names) < 2 {
		for _, row := range c.single() {
			if takes(row) {
				rows = append(rows, row)
			}
		}
		return rows, 0
	}
	for tries := 0; c.next() && tries < maxRows; tries++ {
		for _, picked := range [][]int{c.greedy(), c.usual()} {
			if row := c.row(picked); takes(row) {
				rows = append(rows, row)
				c.close(picked)
				break
			}
		}
		c.giveUp()
	}
	return rows, c.open
}

// A cover is what is left of all pairs. A value is known by its place among the
// values of all names.
type cover struct {
	names  []string // sorted
	values [][]string
	start  []int    // of each name's values
	covers [][]bool // by two values, the one with the lower place first
	open   int      // pairs that are not covered
	a, b   int      // the names of the first such pair
	x, y   int      // and its values, counted for each name
}

func newCover(values map[string][]string) *cover {
	c := &cover{names: slices.Sorted(maps.Keys(values)), b: 1}
	c.names = slices.DeleteFunc(c.names, func(name string) bool { return len(values[name]) == 0 })
	total := 0
	for _, name := range c.names {
		c.values, c.start = append(c.values, values[name]), append(c.start, total)
		c.open += total * len(values[name])
		total += len(values[name])
	}
	c.covers = make([][]bool, total)
	for i := range c.covers {
		c.covers[i] = make([]bool, total)
	}
	return c
}

// single returns a row for each value of the only name, or one without any.
func (c *cover) single() []map[string]string {
	if len(c.names) == 0 {
		return []map[string]string{{}}
	}
	var rows []map[string]string
	for _, v := range c.values[0] {
		rows = append(rows, map[string]string{c.names[0]: v})
	}
	return rows
}

// next finds the first pair that is not covered.
func (c *cover) next() bool {
	for ; c.a < len(c.names); c.a, c.b = c.a+1, c.a+2 {
		for ; c.b < len(c.names); c.b, c.x = c.b+1, 0 {
			for ; c.x < len(c.values[c.a]); c.x, c.y = c.x+1, 0 {
				for ; c.y < len(c.values[c.b]); c.y++ {
					if !c.covers[c.start[c.a]+c.x][c.start[c.b]+c.y] {
						return true
					}
				}
			}
		}
	}
	return false
}

// greedy returns which value of each name goes with the first open pair such that
// the row covers most.
func (c *cover) greedy() []int {
	picked := slices.Repeat([]int{-1}, len(c.names))
	picked[c.a], picked[c.b] = c.x, c.y
	for i := range picked {
		if picked[i] < 0 {
			picked[i] = c.best(picked, i)
		}
	}
	return picked
}

func (c *cover) best(picked []int, name int) int {
	most, choice := -1, 0
	for v := range c.values[name] {
		n := 0
		for other, w := range picked {
			if w < 0 {
				continue
			}
			low, high := c.start[name]+v, c.start[other]+w
			if !c.covers[min(low, high)][max(low, high)] {
				n++
			}
		}
		if n > most {
			most, choice = n, v
		}
	}
	return choice
}

func (c *cover) usual() []int {
	picked := make([]int, len(c.names))
	picked[c.a], picked[c.b] = c.x, c.y
	return picked
}

func (c *cover) row(picked []int) map[string]string {
	row := make(map[string]string, len(picked))
	for i, v := range picked {
		row[c.names[i]] = c.values[i][v]
	}
	return row
}

func (c *cover) close(picked []int) {
	for a, v := range picked {
		for b := a + 1; b < len(picked); b++ {
			c.closePair(c.start[a]+v, c.start[b]+picked[b])
		}
	}
}

// giveUp closes the first pair, whatever became of its row.
func (c *cover) giveUp() { c.closePair(c.start[c.a]+c.x, c.start[c.b]+c.y) }

func (c *cover) closePair(low, high int) {
	if !c.covers[low][high] {
		c.covers[low][high] = true
		c.open--
	}
}
