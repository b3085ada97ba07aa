package pack

import (
	"fmt"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"scaffold/generator/lazyregexp"
)

var versionForm = lazyregexp.New(`^(>=|<=|>|<|=) *((0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){0,2}(-[0-9A-Za-z.-]+)?)$`)

// satisfies reports whether the version of a program is one that is wanted, as in
// ">=1.4, <3": all comparisons must hold, by the order of semantic versions. What
// is built from a clone that no release is known of, is taken for the newest.
func satisfies(program, wanted string) (bool, error) {
	version, _, _ := strings.Cut("v"+strings.TrimPrefix(program, "v"), "+") // which adds +dirty
	base, err := module.PseudoVersionBase(version)
	unreleased := !semver.IsValid(version) || err == nil && base == ""
	holds := true
	for part := range strings.SplitSeq(wanted, ",") {
		m := versionForm.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil || !semver.IsValid("v"+m[2]) {
			return false, fmt.Errorf(`%q: want comparisons of versions, as in ">=1.4" or ">=1.4, <3"`, wanted)
		}
		order := semver.Compare(version, "v"+m[2])
		switch m[1] {
		case ">=":
			holds = holds && order >= 0
		case "<=":
			holds = holds && order <= 0
		case ">":
			holds = holds && order > 0
		case "<":
			holds = holds && order < 0
		case "=":
			holds = holds && order == 0
		}
	}
	return holds || unreleased, nil
}
