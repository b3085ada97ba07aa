package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"scaffold/generator/tree"
)

// checkDestination refuses a path that may not be written, and says which answers
// make it: with another value of them it is another path, and a good one if there
// are such.
func checkDestination(path string, data map[string]any, execute func(data map[string]any) (string, error)) error {
	err := tree.CheckPath(path)
	if err == nil {
		return nil
	}
	var part, bad []string
	for _, name := range slices.Sorted(maps.Keys(data)) {
		value, ok := data[name].(string)
		if !ok {
			continue
		}
		other := maps.Clone(data)
		other[name] = "x"
		switch to, failed := execute(other); {
		case failed != nil || to == path:
		case tree.CheckPath(to) == nil:
			bad = append(bad, fmt.Sprintf("%s %.100q", name, value))
		default:
			part = append(part, fmt.Sprintf("%s %.100q", name, value))
		}
	}
	if len(bad) == 0 {
		bad = part
	}
	if len(bad) == 0 {
		return err
	}
	return fmt.Errorf("%w (by the answer %s)", err, strings.Join(bad, " and "))
}
