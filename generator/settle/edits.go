package settle

// An edit replaces base[from:to] by lines or words.
type edit struct {
	from, to int
	added    []string
}

// maxCells caps the work of one diff: sides that are longer are declined.
const maxCells = 1 << 18

// findEdits returns what makes a side of base, in order, with something kept between
// any two edits. Of places that are as good it takes the last, so that two sides that
// put the same somewhere put it at the same place. It declines what costs too much.
func findEdits(base, side []string) (edits []edit, ok bool) {
	head := 0
	for head < min(len(base), len(side)) && base[head] == side[head] {
		head++
	}
	b, s := base[head:], side[head:]
	if len(b)*len(s) > maxCells {
		return nil, false
	}
	common := countCommon(b, s)
	for i, j := 0, 0; i < len(b) || j < len(s); {
		if i < len(b) && j < len(s) && b[i] == s[j] {
			i, j = i+1, j+1
			continue
		}
		e := edit{from: head + i}
		start := j
		for i < len(b) || j < len(s) {
			if i < len(b) && j < len(s) && b[i] == s[j] {
				break
			}
			if j == len(s) || i < len(b) && common[i+1][j] >= common[i][j+1] {
				i++
			} else {
				j++
			}
		}
		e.to, e.added = head+i, s[start:j]
		edits = append(edits, e)
	}
	return edits, true
}

// countCommon says how much b[i:] and s[j:] have in common, in order.
func countCommon(b, s []string) [][]int32 {
	common := make([][]int32, len(b)+1)
	cells := make([]int32, (len(b)+1)*(len(s)+1))
	for i := range common {
		common[i] = cells[i*(len(s)+1) : (i+1)*(len(s)+1)]
	}
	for i := len(b) - 1; i >= 0; i-- {
		for j := len(s) - 1; j >= 0; j-- {
			if b[i] == s[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	return common
}
